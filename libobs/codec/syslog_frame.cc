#include "libobs/codec/syslog_frame.h"

#include <algorithm>
#include <cstring>

namespace obs::codec {
namespace {

using Frame = Result<std::optional<std::string_view>, ParseError>;

// Nobody writes a length of more digits; what does is text.
constexpr std::size_t kMaxDigits = 10;
constexpr std::string_view kTrailers("\n\0", 2);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Length {
  std::size_t digits = 0;  // 0: there is no length.
  std::size_t value = 0;
  bool whole = false;  // Its space has come.
};

Length read_length(std::string_view input) {
  Length length;
  if (input.empty() || !is_digit(input.front()) || input.front() == '0') return length;
  std::size_t at = 0;
  for (; at < input.size() && at < kMaxDigits && is_digit(input[at]); ++at) {
    length.value = length.value * 10 + static_cast<std::size_t>(input[at] - '0');
  }
  if (at < input.size() && input[at] != ' ') return {};
  length.digits = at;
  length.whole = at < input.size();
  return length;
}

// The nearer of the two trailers. memchr runs ahead of find_first_of tenfold.
std::size_t find_trailer(std::string_view input) {
  const std::size_t line = std::min(input.find(kTrailers[0]), input.size());
  const std::size_t nul = input.substr(0, line).find(kTrailers[1]);
  if (nul != input.npos) return nul;
  return line < input.size() ? line : input.npos;
}

Frame next_line(std::string_view& input, std::size_t max_frame) {
  const std::size_t end = find_trailer(input.substr(0, max_frame + 1));
  if (end == input.npos) {
    if (input.size() <= max_frame) return std::optional<std::string_view>();
    return fail(ParseError{Errc::kLimitExceeded, max_frame, "message without an end"});
  }
  const std::string_view message = input.substr(0, end);
  input.remove_prefix(end + 1);
  return std::optional(message);
}

}  // namespace

Frame next_syslog_frame(std::string_view& input, std::size_t max_frame) {
  const Length length = read_length(input);
  if (length.digits == 0) return next_line(input, max_frame);
  if (length.whole && length.value > max_frame)
    return fail(ParseError{Errc::kLimitExceeded, 0, "length above the limit"});
  if (!length.whole || input.size() - length.digits - 1 < length.value)
    return std::optional<std::string_view>();
  const std::string_view message = input.substr(length.digits + 1, length.value);
  input.remove_prefix(length.digits + 1 + length.value);
  return std::optional(message);
}

bool is_counted_frame(std::string_view input) { return read_length(input).digits > 0; }

bool has_frame_end(std::string_view bytes) { return find_trailer(bytes) != bytes.npos; }

}  // namespace obs::codec
