#include <catch2/catch.hpp>

#include <limits>

#include "tests/unit/tui/rows.h"

namespace obs::tui {
namespace {

using store::ColumnType;

const std::vector<store::Column> kColumns = {
    {"time", ColumnType::kTimestamp}, {"service", ColumnType::kText},    {"n", ColumnType::kInt},
    {"x", ColumnType::kDouble},       {"attributes", ColumnType::kJson}, {"ok", ColumnType::kBool}};

const std::vector<Row> kRows = {
    {integer(kTime), text("checkout"), integer(-7), number(1), text(R"({"k":"v"})"),
     model::Value::boolean(true)},
    {null(), text("a,\"b\"\n"), text("18446744073709551615"), number(0.1), null(), null()},
    {integer(0), text(""), integer(std::numeric_limits<std::int64_t>::min()),
     number(std::numeric_limits<double>::quiet_NaN()), text("{\"a\":\n1}"),
     model::Value::boolean(false)},
};

}  // namespace

TEST_CASE("ndjson keeps numbers, times and JSON columns exactly", "[tui]") {
  CHECK(
      render(make_ndjson_renderer(), kColumns, kRows) ==
      R"({"time":"2026-11-22T10:15:30.123456789Z","service":"checkout","n":-7,"x":1.0,"attributes":{"k":"v"},"ok":true}
{"time":null,"service":"a,\"b\"\n","n":18446744073709551615,"x":0.1,"attributes":null,"ok":null}
{"time":"1970-01-01T00:00:00.000000000Z","service":"","n":-9223372036854775808,"x":{"$double":"NaN"},"attributes":{"a": 1},"ok":false}
)");
}

TEST_CASE("json is one array of the same objects, also when it is empty", "[tui]") {
  const std::vector<store::Column> one = {{"n", ColumnType::kInt}};
  CHECK(render(make_json_renderer(), one, {{integer(1)}, {null()}}) ==
        "[\n{\"n\":1},\n{\"n\":null}\n]\n");
  CHECK(render(make_json_renderer(), one, {}) == "[]\n");
}

TEST_CASE("a list is JSON in every format", "[tui]") {
  const std::vector<store::Column> one = {{"list", ColumnType::kList}};
  const Row inner = {number(2), null()};
  const Row items = {integer(1), text("a\"b"), model::Value::array(inner)};
  const std::vector<Row> rows = {{model::Value::array(items)}};
  CHECK(render(make_ndjson_renderer(), one, rows) == "{\"list\":[1,\"a\\\"b\",[2.0,null]]}\n");
  CHECK(render(make_csv_renderer(), one, rows) == "list\n\"[1,\"\"a\\\"\"b\"\",[2.0,null]]\"\n");
}

TEST_CASE("csv quotes what RFC 4180 wants quoted and tells NULL from the empty string", "[tui]") {
  CHECK(render(make_csv_renderer(), kColumns, kRows) ==
        "time,service,n,x,attributes,ok\n"
        "2026-11-22T10:15:30.123456789Z,checkout,-7,1.0,\"{\"\"k\"\":\"\"v\"\"}\",true\n"
        ",\"a,\"\"b\"\"\n\",18446744073709551615,0.1,,\n"
        "1970-01-01T00:00:00.000000000Z,\"\",-9223372036854775808,NaN,\"{\"\"a\"\":\n1}\",false\n");
}

TEST_CASE("markdown keeps cells in their row whatever they hold", "[tui]") {
  const std::vector<store::Column> columns = {{"a|b", ColumnType::kText}, {"n", ColumnType::kInt}};
  CHECK(render(make_markdown_renderer(), columns, {{text("x|y\nz\\<b>"), integer(3)}}) ==
        "| a\\|b | n |\n| --- | ---: |\n| x\\|y<br>z\\\\&lt;b> | 3 |\n");
}

TEST_CASE("a format is known by its name", "[tui]") {
  CHECK(parse_format("markdown") == Format::kMarkdown);
  CHECK(parse_format("ndjson") == Format::kNdjson);
  CHECK_FALSE(parse_format("xml"));
  CHECK_FALSE(parse_format(""));
}

}  // namespace obs::tui
