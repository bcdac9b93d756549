#include "libobs/lang/value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "libobs/base/text.h"
#include "libobs/codec/foreign_time.h"
#include "libobs/codec/json.h"

namespace obs::lang {
namespace {

bool has_integer(ValueKind kind) {
  return kind == ValueKind::kInt || kind == ValueKind::kDuration || kind == ValueKind::kBool ||
         kind == ValueKind::kTime;
}

std::optional<double> number_of(const Value& value) {
  if (value.kind() == ValueKind::kDouble) return value.as_double();
  if (value.is_number()) return static_cast<double>(value.as_int());
  return std::nullopt;
}

// Only what may begin a number is worth asking from_chars about.
bool looks_numeric(std::string_view text) {
  if (text.empty()) return false;
  const char c = text.front();
  return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 'N' || c == 'I' || c == 'i';
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (has_integer(a.kind()) && has_integer(b.kind())) return a.as_int() <=> b.as_int();
  return *number_of(a) <=> *number_of(b);
}

std::partial_ordering compare_bytes(std::string_view a, std::string_view b) {
  const int sign = a.compare(b);
  return sign <=> 0;
}

// A number beside text: the text's number, or, beside a duration, its duration.
std::optional<std::partial_ordering> compare_with_text(const Value& number, std::string_view text) {
  if (!looks_numeric(text)) return std::nullopt;
  if (number.kind() == ValueKind::kDuration) {
    if (const auto duration = parse_duration(text)) return number.as_int() <=> *duration;
  }
  if (number.kind() != ValueKind::kDouble) {
    if (const auto integer = parse_int(text)) return number.as_int() <=> *integer;
  }
  const auto parsed = parse_double(text);
  if (!parsed) return std::nullopt;
  return *number_of(number) <=> *parsed;
}

std::partial_ordering reverse(std::partial_ordering ordering) { return 0 <=> ordering; }

std::optional<std::partial_ordering> compare_times(const Value& a, const Value& b) {
  const auto left = to_time(a);
  const auto right = to_time(b);
  if (!left || !right) return std::nullopt;
  return *left <=> *right;
}

// The groups of `order`.
int rank(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool: return 0;
    case ValueKind::kInt:
    case ValueKind::kDuration:
    case ValueKind::kTime: return 1;
    case ValueKind::kDouble: return std::isnan(value.as_double()) ? 4 : 1;
    case ValueKind::kString: return 2;
    case ValueKind::kJson: return 3;
    case ValueKind::kNull: return 5;
    case ValueKind::kMissing: return 6;
  }
  return 6;
}

int order_numbers(const Value& a, const Value& b) {
  if (has_integer(a.kind()) && has_integer(b.kind())) {
    return a.as_int() < b.as_int() ? -1 : a.as_int() > b.as_int() ? 1 : 0;
  }
  const auto as_double = [](const Value& value) {
    return value.kind() == ValueKind::kDouble ? value.as_double()
                                              : static_cast<double>(value.as_int());
  };
  const double left = as_double(a);
  const double right = as_double(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

}  // namespace

std::string_view to_string(ValueKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {
      "missing", "null", "bool", "int", "double", "string", "duration", "time", "json"};
  return kNames[static_cast<std::size_t>(kind)];
}

char* Scratch::allocate(std::size_t size) {
  if (size > kBlock / 2) {
    large_.push_back(std::make_unique_for_overwrite<char[]>(size));
    return large_.back().get();
  }
  if (blocks_.empty() || used_ + size > kBlock) {
    if (!blocks_.empty()) ++block_;
    if (block_ == blocks_.size()) {
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
    }
    used_ = 0;
  }
  char* const out = blocks_[block_].get() + used_;
  used_ += size;
  return out;
}

std::string_view Scratch::keep(std::string_view text) {
  if (text.empty()) return {};
  char* const out = allocate(text.size());
  std::memcpy(out, text.data(), text.size());
  return {out, text.size()};
}

void Scratch::clear() {
  constexpr std::size_t kKeptBlocks = 16;
  if (blocks_.size() > kKeptBlocks) blocks_.resize(kKeptBlocks);
  block_ = 0;
  used_ = 0;
  if (!large_.empty()) large_.clear();
}

std::optional<double> to_double(const Value& value) {
  if (value.is_string()) {
    return looks_numeric(value.text()) ? parse_double(value.text()) : std::nullopt;
  }
  return number_of(value);
}

std::optional<Timestamp> to_time(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kTime: return value.as_int();
    case ValueKind::kInt: return codec::to_foreign_time(model::Value::integer(value.as_int()));
    case ValueKind::kDouble: return codec::to_foreign_time(model::Value::number(value.as_double()));
    case ValueKind::kString: return codec::to_foreign_time(model::Value::string(value.text()));
    default: return std::nullopt;
  }
}

bool is_true(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
    case ValueKind::kInt:
    case ValueKind::kDuration: return value.as_int() != 0;
    case ValueKind::kDouble: return value.as_double() != 0;
    case ValueKind::kString: return value.text() == "true";
    default: return false;
  }
}

std::optional<std::partial_ordering> compare(const Value& a, const Value& b) {
  const ValueKind left = a.kind();
  const ValueKind right = b.kind();
  if (a.is_missing() || b.is_missing()) return std::nullopt;
  if (left == ValueKind::kNull || right == ValueKind::kNull) {
    if (left != right) return std::nullopt;
    return std::partial_ordering::equivalent;
  }
  if (left == ValueKind::kTime || right == ValueKind::kTime) return compare_times(a, b);
  if (a.is_string() && b.is_string()) return compare_bytes(a.text(), b.text());
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.is_number() && b.is_string()) return compare_with_text(a, b.text());
  if (a.is_string() && b.is_number()) {
    const auto other = compare_with_text(b, a.text());
    if (!other) return std::nullopt;
    return reverse(*other);
  }
  if (left == ValueKind::kBool && right == ValueKind::kBool) return a.as_int() <=> b.as_int();
  if (left == ValueKind::kBool && b.is_string()) {
    return compare_bytes(a.as_bool() ? "true" : "false", b.text());
  }
  if (a.is_string() && right == ValueKind::kBool) {
    return compare_bytes(a.text(), b.as_bool() ? "true" : "false");
  }
  if (left == ValueKind::kJson && right == ValueKind::kJson && a.text() == b.text()) {
    return std::partial_ordering::equivalent;
  }
  return std::nullopt;
}

bool equals(const Value& a, const Value& b) {
  const auto ordering = compare(a, b);
  return ordering && *ordering == 0;
}

bool sorts_last(const Value& value) { return rank(value) > 3; }

int order(const Value& a, const Value& b) {
  const int left = rank(a);
  const int right = rank(b);
  if (left != right) return left < right ? -1 : 1;
  switch (left) {
    case 0: return static_cast<int>(a.as_bool()) - static_cast<int>(b.as_bool());
    case 1: return order_numbers(a, b);
    case 2:
    case 3: return a.text().compare(b.text());
    default: return 0;
  }
}

void append_text(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kMissing: return;
    case ValueKind::kString:
    case ValueKind::kJson: out += value.text(); return;
    case ValueKind::kTime: append_rfc3339(out, value.as_int()); return;
    case ValueKind::kDuration: out += to_duration_text(value.as_int()); return;
    case ValueKind::kDouble:
      if (std::isnan(value.as_double())) {
        out += "NaN";
        return;
      }
      if (std::isinf(value.as_double())) {
        out += value.as_double() < 0 ? "-Infinity" : "Infinity";
        return;
      }
      append_double(out, value.as_double());
      return;
    default: append_json(out, value);
  }
}

std::string_view to_text(const Value& value, Scratch& scratch) {
  if (value.is_string() || value.kind() == ValueKind::kJson) return value.text();
  std::string text;
  append_text(text, value);
  return scratch.keep(text);
}

void append_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kMissing:
    case ValueKind::kNull: out += "null"; return;
    case ValueKind::kBool: out += value.as_bool() ? "true" : "false"; return;
    case ValueKind::kInt:
    case ValueKind::kDuration: append_int(out, value.as_int()); return;
    case ValueKind::kDouble: codec::append_record_double(out, value.as_double()); return;
    case ValueKind::kTime:
      out += '"';
      append_rfc3339(out, value.as_int());
      out += '"';
      return;
    case ValueKind::kJson: out += value.text(); return;
    case ValueKind::kString:
      if (is_valid_utf8(value.text())) {
        append_json_string(out, value.text());
      } else {
        append_json_string(out, repair_utf8(value.text()));
      }
      return;
  }
}

}  // namespace obs::lang
