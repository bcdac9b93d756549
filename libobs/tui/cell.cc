#include "libobs/tui/cell.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::tui {
namespace {

using model::Value;
using model::ValueKind;
using store::ColumnType;

// Items of a list. A type nests as deep as a statement can say, which is bounded.
void append_item_json(std::string& out, const Value& item) {
  if (item.kind() == ValueKind::kArray) {
    out += '[';
    for (const Value& inner : item.as_array()) {
      if (&inner != item.as_array().data()) out += ',';
      append_item_json(out, inner);
    }
    out += ']';
  } else if (item.kind() == ValueKind::kDouble) {
    codec::append_record_double(out, item.as_double());
  } else {
    codec::append_plain_value(out, item);
  }
}

void append_double_text(std::string& out, double value) {
  if (std::isfinite(value)) return append_double(out, value);
  out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

// JSON has no line breaks but between its parts, where a space does as well.
void append_on_one_line(std::string& out, std::string_view json) {
  const std::size_t start = out.size();
  out += json;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

}  // namespace

void append_cell_text(std::string& out, ColumnType type, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: return;
    case ValueKind::kString: out += value.as_string(); return;
    case ValueKind::kBool: out += value.as_bool() ? "true" : "false"; return;
    case ValueKind::kInt:
      if (type == ColumnType::kTimestamp) return append_rfc3339(out, value.as_int());
      return append_int(out, value.as_int());
    case ValueKind::kDouble: return append_double_text(out, value.as_double());
    case ValueKind::kBytes:
    case ValueKind::kArray:
    case ValueKind::kMap: return append_item_json(out, value);
  }
}

std::string to_cell_text(ColumnType type, const Value& value) {
  std::string text;
  append_cell_text(text, type, value);
  // "2026-11-22T10:15:30.123456789Z"
  constexpr std::size_t kToMilliseconds = 23;
  if (type == ColumnType::kTimestamp && value.kind() == ValueKind::kInt) {
    text.resize(kToMilliseconds);
    text[10] = ' ';
  }
  return text;
}

void append_cell_json(std::string& out, ColumnType type, const Value& value) {
  const ValueKind kind = value.kind();
  if (kind == ValueKind::kNone || kind == ValueKind::kEmpty) {
    out += "null";
  } else if (type == ColumnType::kTimestamp && kind == ValueKind::kInt) {
    out += '"';
    append_rfc3339(out, value.as_int());
    out += '"';
  } else if (type == ColumnType::kJson && kind == ValueKind::kString) {
    append_on_one_line(out, value.as_string());
  } else if (type == ColumnType::kInt && kind == ValueKind::kString) {
    out += value.as_string();
  } else {
    append_item_json(out, value);
  }
}

bool is_numeric(ColumnType type) { return type == ColumnType::kInt || type == ColumnType::kDouble; }

double to_number(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kInt: return static_cast<double>(value.as_int());
    case ValueKind::kDouble: return value.as_double();
    case ValueKind::kString:
      return parse_double(value.as_string()).value_or(std::numeric_limits<double>::quiet_NaN());
    default: return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace obs::tui
