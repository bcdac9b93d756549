// Splits a stream of syslog over TCP or TLS into messages (RFC 6587), each framed as its sender
// likes: by counting octets, or by a newline (or NUL) behind it.
//
//   frame := length SP message | message ( LF | NUL )        length := nonzero-digit *digit
//
// A message of its own begins with `<`, so a digit in front is a length; digits that no space
// follows are taken for text. Pure: no I/O, no clock, no allocation.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "libobs/base/bytes.h"
#include "libobs/base/result.h"

namespace obs::codec {

// RFC 5425 asks receivers for 8 KiB at least; the rest is room for stack traces.
inline constexpr std::size_t kMaxSyslogFrame = 256 * kKiB;

// Takes the next message off the front of `input`; it is a view into it, without its framing, and
// may be empty.
//
// Returns nullopt, with `input` untouched, while the message is incomplete: ask again with more
// bytes. kLimitExceeded, `input` untouched: a length, or text without an end, above `max_frame`;
// the stream cannot be resynchronised, close it.
Result<std::optional<std::string_view>, ParseError> next_syslog_frame(
    std::string_view& input, std::size_t max_frame = kMaxSyslogFrame);

// Whether `input`, for which next_syslog_frame() wants more bytes, begins with a length; if not, it
// is an end that is missing, and bytes without one need not be looked at again.
bool is_counted_frame(std::string_view input);
// Whether one of the two ends stands in it.
bool has_frame_end(std::string_view bytes);

}  // namespace obs::codec
