// Writing to a descriptor: all of it or an error, and one spelling for "the reader has gone".

#pragma once

#include <string_view>

#include "libobs/base/result.h"

namespace obs::places {

// How the message ends when a pipe's reader has closed it (EPIPE): no failure of ours. app::run
// ends quietly with 0 on it.
inline constexpr std::string_view kReaderGone = "the reader has gone";

// Writes all of `text`, waiting when the descriptor is full, even a non-blocking one. `what` names
// it in errors, as in "write to stdout: no space left on device".
Result<void> write_all(int fd, std::string_view text, std::string_view what);

}  // namespace obs::places
