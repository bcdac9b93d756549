#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <map>

#include "libobs/base/text.h"
#include "libobs/codec/json_members.h"
#include "libobs/codec/ndjson.h"
#include "libobs/query/record_filter.h"
#include "libobs/query/record_line.h"
#include "tests/support/dump.h"
#include "tests/support/random_batch.h"
#include "tests/unit/query/reader_fixture.h"

namespace obs::query {
namespace {

constexpr std::string_view kNewline = "\n";

std::string read_lines(Reader& reader, model::Signal signal) {
  auto rows = reader.run(
      select_records(signal, {}, RecordColumns::kLine, RecordOrder::kArrival, "default"), {});
  REQUIRE(rows);
  std::string lines;
  while (true) {
    std::span<const model::Value> row;
    auto more = (*rows)->next(row);
    REQUIRE(more);
    if (!*more) return lines;
    append_record_line(lines, signal, row);
  }
}

// The lines of a batch's records. A metric without points has a line but no row, and no time.
std::string expected_lines(const model::Batch& batch, std::uint64_t first_seq) {
  std::string all;
  codec::append_ndjson(all, batch, first_seq);
  std::string lines;
  for (std::string_view line : split(all, '\n')) {
    if (line.find("\"time\":\"") == std::string_view::npos) continue;
    lines += line;
    lines += kNewline;
  }
  return lines;
}

// Line by line, so that a failure shows one.
void check_same(const std::string& actual, const std::string& expected) {
  const auto actual_lines = split(actual, '\n');
  const auto expected_lines = split(expected, '\n');
  CHECK(actual_lines.size() == expected_lines.size());
  for (std::size_t i = 0; i < std::min(actual_lines.size(), expected_lines.size()); ++i) {
    REQUIRE(actual_lines[i] == expected_lines[i]);
  }
}

}  // namespace

TEST_CASE("a record comes back from a store as the line it went in as, flushed or not",
          "[query][record]") {
  for (const model::Signal signal : model::kSignals) {
    StoreFixture fixture;
    std::string expected;
    std::uint64_t next_seq = 1;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      model::Batch batch = test::random_batch(signal, seed, 100);
      expected += expected_lines(batch, next_seq);
      next_seq += batch.size();
      fixture.write(std::move(batch));
    }
    check_same(read_lines(*fixture.read(), signal), expected);
    fixture.flush();
    check_same(read_lines(*fixture.read(), signal), expected);
  }
}

// A line of a row that has these columns, and NULL in the others.
std::string line_of(model::Signal signal, const std::map<std::string_view, model::Value>& cells) {
  std::vector<model::Value> row;
  std::size_t found = 0;
  for (const std::string_view column : record_columns(signal)) {
    const auto cell = cells.find(column);
    found += cell != cells.end();
    row.push_back(cell != cells.end() ? cell->second : model::Value::empty());
  }
  CHECK(found == cells.size());
  std::string line;
  append_record_line(line, signal, row);
  return line;
}

TEST_CASE("what a column cannot say exactly is taken from extra, in the column's place",
          "[query][record]") {
  using model::Value;
  const auto text = [](std::string_view words) { return Value::string(words); };
  CHECK(line_of(model::Signal::kMetrics, {{"time", Value::integer(0)},
                                          {"name", text("m")},
                                          {"type", text("gauge")},
                                          {"value", Value::number(0.0)},
                                          {"extra", text(R"({"value":-0.0})")}}) ==
        R"({"signal":"metric","time":"1970-01-01T00:00:00.000000000Z","name":"m","type":"gauge",)"
        R"("value":-0.0})"
        "\n");
  CHECK(
      line_of(model::Signal::kMetrics,
              {{"time", Value::integer(0)},
               {"name", text("m")},
               {"type", text("histogram")},
               {"count", Value::integer(2)},
               {"sum", Value::number(std::numeric_limits<double>::quiet_NaN())},
               {"min", Value::number(1.5)},
               {"zero_threshold", Value::number(0.0)},
               {"extra",
                text(R"({"sum":{"$double":"NaN:7ff8000000000001"},"zero_threshold":-0.0})")}}) ==
      R"({"signal":"metric","time":"1970-01-01T00:00:00.000000000Z","name":"m","type":"histogram",)"
      R"("count":2,"sum":{"$double":"NaN:7ff8000000000001"},"min":1.5,"zero_threshold":-0.0})"
      "\n");
}

TEST_CASE("what has no column of its own comes from extra, and nothing else does",
          "[query][record]") {
  using model::Value;
  CHECK(line_of(model::Signal::kLogs,
                {{"time", Value::integer(1)},
                 {"body", Value::string(R"({"a":1})")},
                 {"extra",
                  Value::string(R"({"time_source":"received","body_json":true,"unknown":1})")}}) ==
        R"({"signal":"log","time":"1970-01-01T00:00:00.000000001Z","time_source":"received",)"
        R"("body":{"a":1}})"
        "\n");
}

TEST_CASE("lines from a store make the same records again", "[query][record]") {
  for (const model::Signal signal : model::kSignals) {
    const model::Batch batch = test::random_batch(signal, 99, 200);
    StoreFixture fixture;
    fixture.write(batch);
    codec::NdjsonDecoder decoder;
    const std::string lines = read_lines(*fixture.read(), signal);
    for (std::string_view line : split(lines, '\n')) {
      CAPTURE(line);
      REQUIRE(decoder.add_line(line, kSecond));
    }
    const auto again = decoder.take();
    REQUIRE(again.size() == 1);
    // A metric without points comes after the records, and has no row in a store.
    auto expected = test::dump_records(batch);
    expected.resize(batch.size());
    CHECK(test::dump_records(again[0]) == expected);
  }
}

TEST_CASE("members of an object are split without reading them", "[query][record]") {
  const auto split_text = [](std::string_view object) {
    std::string text;
    for (const codec::JsonMember& member : codec::split_members(object)) {
      text += std::string(member.key) + " -> " + std::string(member.json) + "; ";
    }
    return text;
  };
  CHECK(split_text("{}").empty());
  CHECK(split_text(R"({"a":1})") == "a -> 1; ");
  CHECK(split_text(R"({"a":"x,}\"","b":{"c":[1,{"d":"]"}]},"e":true})") ==
        R"(a -> "x,}\""; b -> {"c":[1,{"d":"]"}]}; e -> true; )");
  // Cut anywhere, it gives what was whole before.
  const std::string_view whole = R"({"a":[1,"\\"],"b":"c"})";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const std::string text = split_text(whole.substr(0, cut));
    CHECK((text.empty() || text == "a -> [1,\"\\\\\"]; "));
  }
}

}  // namespace obs::query
