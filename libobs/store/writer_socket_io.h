// The bytes of writer.sock: lines in and out, and a socket's address where its path is too long for
// one. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/posix_file.h"
#include "libobs/base/result.h"
#include "libobs/store/care.h"

namespace obs::store {

// "writer.sock"
inline constexpr std::string_view kSocketFile = "writer.sock";

enum class SocketEnd { kListen, kConnect };
// A socket at `dir`/writer.sock. kNotFound: nobody listens there.
Result<Descriptor> open_writer_socket(const std::string& dir, SocketEnd end);

Result<void> send_all(int fd, std::string_view bytes);
// Moves what comes next behind `unread`; false at the end.
Result<bool> receive_more(int fd, std::string& unread);
// Takes the next line off the front of `unread`, receiving as much as that needs. nullopt at the
// end. kLimitExceeded: no line of at most `limit` bytes.
Result<std::optional<std::string>> receive_line(int fd, std::string& unread, std::size_t limit);

// The lines of an answer, each with its newline.
std::string progress_line(const CareProgress& progress);
std::string result_line(const Result<CareCounts>& result);

// A request to write the batch whose envelope of so many bytes follows.
std::string write_line(std::size_t bytes);
// The number of those bytes; nullopt: it is another request.
std::optional<std::size_t> parse_write_line(std::string_view line);

// Understands a line of an answer: the result or the error, or progress, which is told and answers
// nullopt.
Result<std::optional<CareCounts>> parse_answer(
    std::string_view line, const std::function<void(const CareProgress&)>& tell);

}  // namespace obs::store
