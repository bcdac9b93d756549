#include "libobs/places/otlp_response.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/base/varint.h"

namespace obs::places {
namespace {

constexpr Duration kLongestWait = kHour;

// One field of a message that has only varints (0) and bytes (2), as this one does.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t varint = 0;
  std::string_view bytes;
};

std::optional<Field> take_field(std::string_view& message) {
  std::uint64_t tag = 0;
  std::uint64_t value = 0;
  if (!take_varint(message, tag) || !take_varint(message, value)) return std::nullopt;
  Field field{tag >> 3, value, {}};
  if ((tag & 7) == 0) return field;
  if ((tag & 7) != 2 || value > message.size()) return std::nullopt;
  field.bytes = message.substr(0, value);
  message.remove_prefix(value);
  return field;
}

}  // namespace

PartialSuccess parse_partial_success(std::string_view response) {
  PartialSuccess result;
  const auto partial = take_field(response);
  if (!partial || partial->number != 1) return result;
  std::string_view message = partial->bytes;
  while (auto field = take_field(message)) {
    if (field->number == 1) result.rejected = field->varint;
    if (field->number == 2) result.message = repair_utf8(field->bytes);
  }
  return result;
}

bool is_retryable_status(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::optional<Duration> retry_after(const proto::HttpResponse& response) {
  const auto seconds = parse_uint(trim(proto::find_header(response.headers, "Retry-After")));
  if (!seconds) return std::nullopt;
  return static_cast<Duration>(std::min<std::uint64_t>(*seconds, kLongestWait / kSecond)) * kSecond;
}

}  // namespace obs::places
