#include "libobs/codec/otlp_json_decode.h"

#include <cmath>

#include "libobs/base/text.h"

namespace obs::codec::otlp_json {

using model::Value;

namespace {

// What a request may become in memory: a floor that lets any small request through, and a multiple
// of its size that no real one comes near.
constexpr std::size_t kBudgetFloor = 64 * kMiB;
constexpr std::size_t kBudgetFactor = 8;

}  // namespace

CamelKey::CamelKey(std::string_view snake) {
  if (snake.size() > sizeof text_) return;
  bool upper = false;
  for (const char c : snake) {
    if (c == '_') {
      upper = true;
      continue;
    }
    const bool raise = upper && c >= 'a' && c <= 'z';
    text_[size_++] = raise ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
}

Decoder::Decoder(JsonReader& json, Decoded& out, std::size_t request_size)
    : json_(json),
      batch_(out.batch),
      rejected_(out.rejected),
      total_(out.total),
      allowance_(kBudgetFloor + kBudgetFactor * request_size) {}

bool Decoder::count_record(const Level& level) {
  const std::uint64_t index = total_++;
  if (level.reason().empty()) return json_.ok();
  rejected_.add(index, level.reason());
  return false;
}

Decoder::Counted Decoder::counted() const {
  return {total_, rejected_.count, rejected_.first.size()};
}

void Decoder::refuse_since(const Counted& start, std::string_view reason) {
  rejected_.count = start.rejected;
  rejected_.first.resize(start.told);
  for (std::uint64_t index = start.total; index < total_; ++index) rejected_.add(index, reason);
}

void Decoder::claim(std::size_t bytes) {
  if (!allowance_.take(bytes))
    json_.fail("request holds too many tiny items", Errc::kLimitExceeded);
}

void Decoder::text(std::string_view& out, std::string_view reason) {
  if (json_.take_string(out)) return;
  refuse(reason);
  json_.skip();
}

void Decoder::boolean(bool& out, std::string_view reason) {
  if (json_.take_bool(out)) return;
  refuse(reason);
  json_.skip();
}

void Decoder::number(double& out, std::string_view reason) {
  JsonNumber number;
  std::string_view text;
  if (json_.take_number(number)) {
    out = to_double(number);
  } else if (json_.take_string(text)) {
    const auto parsed = parse_double(text);
    if (parsed)
      out = *parsed;
    else
      refuse(reason);
  } else {
    refuse(reason);
    json_.skip();
  }
}

void Decoder::time(Timestamp& out, std::string_view reason) {
  // Unsigned on the wire, and signed here: the upper half is beyond 2262.
  integer(out, reason);
  if (out >= 0) return;
  out = 0;
  refuse(reason);
}

Decoder::WideInteger Decoder::widen(const JsonNumber& number) {
  switch (number.kind) {
    case JsonNumber::kUint: return {number.as_uint, false, true};
    case JsonNumber::kInt: {
      const auto bits = static_cast<std::uint64_t>(number.as_int);
      return {number.as_int < 0 ? 0 - bits : bits, number.as_int < 0, true};
    }
    case JsonNumber::kDouble: break;
  }
  // 1e3 and 1.0 are integers too, in JSON's own opinion.
  const double size = std::fabs(number.as_double);
  if (size != std::floor(size) || size >= 0x1p63) return {};
  return {static_cast<std::uint64_t>(size), number.as_double < 0, true};
}

Decoder::WideInteger Decoder::widen(std::string_view text) {
  if (const auto plain = parse_uint(text)) return {*plain, false, true};
  const auto parsed = parse_int(text);
  if (!parsed) return {};
  return {0 - static_cast<std::uint64_t>(*parsed), true, true};
}

Decoder::WideInteger Decoder::take_integer() {
  JsonNumber number;
  std::string_view text;
  if (json_.take_string(text)) return widen(text);
  if (json_.take_number(number)) return widen(number);
  json_.skip();
  return {};
}

void Decoder::enumeration(std::int32_t& out, ParseName parse, std::string_view reason) {
  std::string_view name;
  if (!json_.take_string(name)) return integer(out, reason);
  if (const auto known = parse(name)) {
    out = *known;
  } else {
    refuse(reason);
  }
}

std::optional<std::int64_t> Decoder::to_int64(const WideInteger& wide) {
  const std::uint64_t limit = std::uint64_t{0x7FFFFFFFFFFFFFFF} + (wide.negative ? 1 : 0);
  if (!wide.valid || wide.magnitude > limit) return std::nullopt;
  return static_cast<std::int64_t>(wide.negative ? 0 - wide.magnitude : wide.magnitude);
}

void Decoder::integer_value(Value& out, std::string_view reason) {
  JsonNumber number;
  std::string_view text;
  if (json_.take_number(number)) {
    const auto whole = to_int64(widen(number));
    out = whole ? Value::integer(*whole) : Value::number(to_double(number));
  } else if (json_.take_string(text)) {
    if (const auto whole = to_int64(widen(text))) {
      out = Value::integer(*whole);
    } else if (const auto wide = parse_double(text)) {
      out = Value::number(*wide);
    } else {
      refuse(reason);
    }
  } else {
    refuse(reason);
    json_.skip();
  }
}

void Decoder::number_value(Value& out, std::string_view reason) {
  const std::string_view before = *reason_;
  double value = 0;
  number(value, reason);
  if (*reason_ == before) out = Value::number(value);
}

}  // namespace obs::codec::otlp_json
