#include <catch2/catch.hpp>

#include "tests/unit/tui/rows.h"

namespace obs::tui {
namespace {

using store::ColumnType;

const std::vector<store::Column> kColumns = {
    {"time", ColumnType::kTimestamp},  {"severity", ColumnType::kText},
    {"service", ColumnType::kText},    {"body", ColumnType::kText},
    {"event_name", ColumnType::kText}, {"attributes", ColumnType::kJson}};

}  // namespace

TEST_CASE("a log record is one aligned line", "[tui]") {
  const std::vector<Row> rows = {
      {integer(kTime), text("error"), text("checkout"), text("payment declined"), null(),
       text(R"({"http.route":"/pay","n":3,"deep":{"a":[1]}})")},
      {integer(kTime), text("info"), text("api"), text("ok"), null(), text("{}")},
      {integer(kTime), null(), null(), null(), text("session.start"), text("{}")},
      {integer(kTime), text("warn"), text("\x1b[2J"), text("a\x1b]0;b"), null(),
       text(R"({"k\n":"v\u001b"})")},
  };
  CHECK(
      render(make_log_renderer({80, false}), kColumns, rows) ==
      R"(2026-11-22 10:15:30.123 ERROR checkout  payment declined  http.route=/pay n=3 deep={"a":[1]}
2026-11-22 10:15:30.123 INFO  api       ok
2026-11-22 10:15:30.123       -         session.start
2026-11-22 10:15:30.123 WARN  \x1b[2J   a\x1b]0;b  k\n=v\x1b
)");
}

TEST_CASE("a stack trace keeps its lines, indented", "[tui]") {
  CHECK(render(make_log_renderer({80, false}), kColumns,
               {{integer(kTime), text("error"), text("api"),
                 text("Error: boom\r\n  at main.js:3\n  at main.js:9\n"), null(), text("{}")}}) ==
        "2026-11-22 10:15:30.123 ERROR api  Error: boom\n      at main.js:3\n      at main.js:9\n");
}

TEST_CASE("colour marks severity and service and dims the rest", "[tui]") {
  const std::string line = render(
      make_log_renderer({80, true}), kColumns,
      {{integer(kTime), text("error"), text("api"), text("boom"), null(), text(R"({"k":"v"})")}});
  CHECK_THAT(line,
             Catch::StartsWith("\x1b[2m2026-11-22 10:15:30.123\x1b[0m \x1b[1;38;5;203mERROR"));
  CHECK_THAT(line, Catch::EndsWith("  boom\x1b[2m  k=v\x1b[0m\n"));
}

}  // namespace obs::tui
