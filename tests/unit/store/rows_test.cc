// Records and rows are the same thing twice: each key of an obs-record(5) line is in the row, in
// its column or in `extra`, and the row has nothing else.

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/ndjson.h"
#include "libobs/store/row_schema.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Signal;
using model::Value;
using model::ValueKind;

// One record, as the members of its line or of its row, each in the record spelling.
using Members = std::map<std::string, std::string>;

std::string spell(const Value& value) {
  std::string text;
  codec::append_record_value(text, value);
  return text;
}

std::string to_json_text(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

Members members_of_line(std::string_view line) {
  Arena arena;
  const auto value = codec::parse_record_value(line, arena);
  REQUIRE(value);
  Members members;
  for (const auto& [key, member] : value->as_map()) members[std::string(key)] = spell(member);
  members.erase("signal");
  members.erase("severity");  // Follows from the number.
  return members;
}

// Numbers; those beyond int64 come as digits, and members_of_line() reads them as doubles.
std::string spell_list(const Value& list) {
  std::string text = "[";
  for (const Value& item : list.as_array()) {
    if (text.size() > 1) text += ',';
    text += item.is_string() ? spell(Value::number(*parse_double(item.as_string()))) : spell(item);
  }
  return text + "]";
}

// A cell in the record spelling, as the column's name and type tell.
std::string spell_cell(const Column& column, const Value& cell, const Members& extra) {
  if (column.name == "body" && extra.count("body_json") != 0) return std::string(cell.as_string());
  if (column.name == "kind" || column.name == "status" || column.name == "temporality") {
    if (parse_int(cell.as_string())) return std::string(cell.as_string());
  }
  Arena arena;
  switch (column.type) {
    case ColumnType::kTimestamp: return to_json_text(to_rfc3339(cell.as_int()));
    case ColumnType::kInt:
      if (!cell.is_string()) return spell(cell);
      [[fallthrough]];
    case ColumnType::kJson: return spell(*codec::parse_record_value(cell.as_string(), arena));
    case ColumnType::kList: return spell_list(cell);
    default: return spell(cell);
  }
}

// What a column holds of a record that has no such key.
bool is_default(const std::string& name, const std::string& value) {
  static const Members kDefaults = {{"kind", "\"unspecified\""},
                                    {"status", "\"unset\""},
                                    {"project", "\"default\""},
                                    {"attributes", "{}"},
                                    {"resource", "{}"},
                                    {"flags", "0"},
                                    {"is_monotonic", "false"},
                                    {"zero_threshold", "0.0"},
                                    {"zero_count", "0"},
                                    {"bounds", "[]"},
                                    {"counts", "[]"},
                                    {"name", "\"\""}};
  const auto found = kDefaults.find(name);
  return found != kDefaults.end() && found->second == value;
}

Members members_of_row(const std::vector<Column>& columns, std::span<const Value> row) {
  Members extra;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name != "extra" || row[i].kind() == ValueKind::kEmpty) continue;
    extra = members_of_line(row[i].as_string());
  }
  Members members;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = columns[i].name;
    if (row[i].kind() == ValueKind::kEmpty) continue;
    if (name == "extra" || name == "block" || name == "seq" || name == "resource_id") continue;
    if (name == "severity") continue;
    if (name == "observed_time" && extra.count("observed_time_source") != 0) continue;
    if (name == "value_int") members["value"] = std::to_string(row[i].as_int());
    if (name == "value_int" || (name == "value" && members.count("value") != 0)) continue;
    const std::string value = spell_cell(columns[i], row[i], extra);
    if (!is_default(name, value)) members[name] = value;
  }
  extra.erase("observed_time_source");
  extra.erase("body_json");
  // A column of numbers holds the plain form of what is in extra under its name.
  for (const auto& [key, value] : extra) members[key] = value;
  return members;
}

std::string to_text(const Members& members) {
  std::string text;
  for (const auto& [key, value] : members) text += key + ": " + value + "\n";
  return text;
}

// value_int before value, which only repeats it.
std::string select_of(Signal signal) {
  std::string list = column_list(signal);
  if (signal == Signal::kMetrics) list = "value_int, * EXCLUDE (value_int)";
  return "SELECT " + list + " FROM " + std::string(view_of(signal)) + " ORDER BY seq";
}

void check_rows(const std::string& dir, const model::Batch& batch) {
  std::string lines;
  codec::append_ndjson(lines, batch);
  auto session = Session::open(system_fs(), dir, {1, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  auto stream = (*session)->connection().query(select_of(batch.signal));
  REQUIRE(stream);
  std::span<const Value> row;
  std::size_t rows = 0;
  for (const std::string_view line : split(lines, '\n')) {
    if (rows++ == batch.size()) break;  // Metrics without points follow.
    INFO(line);
    REQUIRE(*(*stream)->next(row));
    CHECK(to_text(members_of_row((*stream)->columns(), row)) == to_text(members_of_line(line)));
  }
  CHECK_FALSE(*(*stream)->next(row));
}

}  // namespace

TEST_CASE("a row holds its record: every key of its line, and nothing else", "[store][rows]") {
  for (const Signal signal : model::kSignals) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      TemporaryDir dir;
      Registry registry;
      const auto batch = make_random(signal, seed, 300);
      auto writer = open_writer(dir / "data", registry);
      REQUIRE(write_and_wait(*writer, batch));
      INFO(model::to_string(signal) << ", seed " << seed);
      check_rows(dir / "data", *batch);
      REQUIRE(writer->flush());
      check_rows(dir / "data", *batch);
    }
  }
}

TEST_CASE("equality finds a record by each of its ids, in the WAL and in a part", "[store][rows]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_random(Signal::kLogs, 7, 5000)));
  REQUIRE(write_and_wait(*writer, make_random(Signal::kSpans, 8, 5000)));
  for (int flushed = 0; flushed < 2; ++flushed) {
    for (const std::string column :
         {"logs.trace_id", "logs.span_id", "spans.trace_id", "spans.span_id",
          "spans.parent_span_id", "logs.seq", "spans.seq", "logs.resource_id"}) {
      const std::string table = column.substr(0, column.find('.'));
      auto session = Session::open(system_fs(), dir / "data", {1, "", ""});
      REQUIRE((*session)->refresh());
      Connection& connection = (*session)->connection();
      auto id =
          connection.query_text("SELECT max(" + column + ") FROM " + table + " WHERE $1 = ''", "");
      if (column == "logs.resource_id" && flushed == 0) continue;  // Not given yet.
      REQUIRE(id);
      INFO(column << " = " << *id << (flushed ? ", in a part" : ", in the WAL"));
      const std::string by_equality = ask(
          connection, "SELECT count(*) FROM " + table + " WHERE " + column + " = '" + *id + "'");
      const std::string by_counting =
          ask(connection, "SELECT count(*) FILTER (" + column + "::VARCHAR || '' = '" + *id +
                              "') FROM " + table);
      CHECK(by_equality == by_counting);
      CHECK(by_equality != "0\n");
    }
    REQUIRE(writer->flush());
  }
}

}  // namespace obs::store
