#include "libobs/base/result.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace obs {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument: return "invalid_argument";
    case Errc::kMalformed: return "malformed";
    case Errc::kLimitExceeded: return "limit_exceeded";
    case Errc::kNotFound: return "not_found";
    case Errc::kUnsupported: return "unsupported";
    case Errc::kUnavailable: return "unavailable";
    case Errc::kIo: return "io";
    case Errc::kInternal: return "internal";
  }
  return "internal";
}

Error Error::during(std::string_view action) && {
  message.insert(0, ": ");
  message.insert(0, action);
  return std::move(*this);
}

Error Error::during(std::string_view action) const& { return Error(*this).during(action); }

Error to_error(const ParseError& error) {
  return {error.code, fmt::format("{} at byte {}", error.what, error.offset)};
}

Failure<Error> fail_errno(int errnum, std::string_view action) {
  Errc code = Errc::kIo;
  if (errnum == ENOENT) code = Errc::kNotFound;
  if (errnum == ENOSPC || errnum == EDQUOT) code = Errc::kUnavailable;
  return fail(code, fmt::format("{}: {}", action, std::strerror(errnum)));
}

}  // namespace obs
