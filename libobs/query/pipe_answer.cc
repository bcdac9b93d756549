#include "libobs/query/pipe_answer.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libobs/base/arena.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/duckdb.h"

namespace obs::query {
namespace {

using model::Value;
using model::ValueKind;

struct Column {
  std::string name;
  std::string_view type;  // Empty while every value is null.
};

// Empty for null.
std::string_view type_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: return {};
    case ValueKind::kBool: return "BOOLEAN";
    case ValueKind::kInt: return "BIGINT";
    case ValueKind::kDouble: return "DOUBLE";
    default: return "VARCHAR";
  }
}

std::string_view common(std::string_view a, std::string_view b) {
  if (a.empty() || a == b) return b;
  if (b.empty()) return a;
  const bool numbers = (a == "BIGINT" && b == "DOUBLE") || (a == "DOUBLE" && b == "BIGINT");
  return numbers ? "DOUBLE" : "VARCHAR";
}

std::string to_literal(const Value* value) {
  if (value == nullptr || type_of(*value).empty()) return "NULL";
  if (value->is_string()) return store::to_sql_string(value->as_string());
  if (value->kind() == ValueKind::kDouble && !std::isfinite(value->as_double())) {
    return store::to_sql_string(fmt::format("{}", value->as_double()));
  }
  std::string text;
  codec::append_record_value(text, *value);
  return store::to_sql_string(text);
}

void learn(std::vector<Column>& columns, std::string_view name, std::string_view type) {
  const auto known = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& one) { return one.name == name; });
  if (known == columns.end()) {
    columns.push_back({std::string(name), type});
  } else {
    known->type = common(known->type, type);
  }
}

}  // namespace

Result<void> PipeAnswer::add(std::string_view lines) {
  bytes_ += lines.size();
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    lines_.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  if (lines_.size() <= kMaxLines && bytes_ <= kMaxBytes) return {};
  return fail(Errc::kLimitExceeded,
              fmt::format("--assert judges at most {} lines of {} MiB together: end the program "
                          "with stats, top or head",
                          kMaxLines, kMaxBytes >> 20));
}

std::string PipeAnswer::to_sql(const std::vector<std::string>& names) const {
  Arena arena;
  std::vector<Value> records;
  std::vector<Column> columns;
  for (const std::string& line : lines_) {
    const auto record = codec::parse_record_value(line, arena);
    if (!record || record->kind() != ValueKind::kMap) continue;
    for (const auto& [key, value] : record->as_map()) learn(columns, key, type_of(value));
    records.push_back(*record);
  }
  for (const std::string& name : names) {
    const bool known = std::any_of(columns.begin(), columns.end(),
                                   [&](const Column& one) { return to_lower(one.name) == name; });
    if (!known && name != "rows") columns.push_back({name, {}});
  }
  if (columns.empty()) columns.push_back({"line", {}});
  std::string list;
  std::string places;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view type = columns[i].type.empty() ? "VARCHAR" : columns[i].type;
    list += fmt::format("{}c{}::{} AS {}", i == 0 ? "" : ", ", i, type,
                        store::to_sql_identifier(columns[i].name));
    places += fmt::format("{}c{}", i == 0 ? "" : ", ", i);
  }
  // The first row gives the types of VALUES, and is left out.
  std::string rows;
  for (std::size_t row = 0; row <= records.size(); ++row) {
    rows += fmt::format("{}({}", row == 0 ? "" : ", ", row == 0 ? "true" : "false");
    for (const Column& column : columns) {
      rows += ", ";
      rows += row == 0 ? "NULL::VARCHAR"
                       : to_literal(model::find_attribute(records[row - 1].as_map(), column.name));
    }
    rows += ")";
  }
  return fmt::format("SELECT {} FROM (VALUES {}) AS answer(is_first, {}) WHERE NOT is_first", list,
                     rows, places);
}

}  // namespace obs::query
