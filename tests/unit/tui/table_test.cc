#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/tui/paint.h"
#include "libobs/tui/table_layout.h"
#include "tests/unit/tui/rows.h"

namespace obs::tui {
namespace {

using store::ColumnType;

const std::vector<store::Column> kColumns = {{"time", ColumnType::kTimestamp},
                                             {"severity", ColumnType::kText},
                                             {"service", ColumnType::kText},
                                             {"n", ColumnType::kInt},
                                             {"body", ColumnType::kText}};

const std::vector<Row> kRows = {
    {integer(kTime), text("error"), text("checkout"), integer(7), text("payment declined")},
    {integer(0), text("info"), text("カート"), integer(12345), text("two\nlines\tand \x1b[31mred")},
    {null(), null(), null(), null(),
     text("a long body that goes on and on until it no longer fits into eighty columns")},
};

std::string table(RenderOptions options) {
  return render(make_table_renderer(options), kColumns, kRows);
}

}  // namespace

TEST_CASE("a table aligns its columns and makes text safe", "[tui]") {
  CHECK(table({}) ==
        R"(time                     severity  service       n  body
───────────────────────  ────────  ────────  ─────  ───────────────────────────────────────────────────────────────────────────
2026-11-22 10:15:30.123  error     checkout      7  payment declined
1970-01-01 00:00:00.000  info      カート    12345  two\nlines\tand \x1b[31mred
                                                    a long body that goes on and on until it no longer fits into eighty columns
)");
}

TEST_CASE("a table is cut to the terminal, its widest columns first", "[tui]") {
  CHECK(table({80, false}) ==
        R"(time                     severity  service       n  body
───────────────────────  ────────  ────────  ─────  ────────────────────────────
2026-11-22 10:15:30.123  error     checkout      7  payment declined
1970-01-01 00:00:00.000  info      カート    12345  two\nlines\tand \x1b[31mred
                                                    a long body that goes on an…
)");
  CHECK(table({40, false}) == R"(time       sever…  servi…      n  body
─────────  ──────  ──────  ─────  ──────
2026-11-…  error   check…      7  payme…
1970-01-…  info    カート  12345  two\n…
                                  a lon…
)");
  // Not even the least of each fits: the last are left out, and it says so.
  CHECK(table({20, false}) == R"(time    seve…  serv……
──────  ─────  ─────
2026-…  error  chec……
1970-…  info   カー……
                    …
)");
}

TEST_CASE("a table colours severities and services when it may", "[tui]") {
  const std::vector<store::Column> columns = {{"severity", ColumnType::kText},
                                              {"body", ColumnType::kText}};
  const std::vector<Row> rows = {{text("error"), text("x")}};
  CHECK(render(make_table_renderer({80, true}), columns, rows) ==
        "\x1b[1mseverity\x1b[0m  \x1b[1mbody\x1b[0m\n"
        "\x1b[2m────────  ────\x1b[0m\n"
        "\x1b[1;38;5;203merror\x1b[0m     x\n");
}

TEST_CASE("a table of no rows is its header", "[tui]") {
  CHECK(render(make_table_renderer({}), {{"n", ColumnType::kInt}}, {}) == "n\n─\n");
}

TEST_CASE("a table flows once its first rows have settled its widths", "[tui]") {
  auto renderer = make_table_renderer({});
  std::string out;
  REQUIRE(renderer->begin({{"n", ColumnType::kText}}, out));
  const Row row = {text("ab")};
  for (int i = 0; i < 1000; ++i) renderer->add(row, out);
  CHECK(out.size() > 3000);
  out.clear();
  const Row wide = {text("abcdef")};
  renderer->add(wide, out);
  CHECK(out == "a…\n");
}

TEST_CASE("columns share what room there is, narrow ones whole", "[tui]") {
  using Widths = std::vector<std::size_t>;
  const auto fitted = [](Widths wanted, std::size_t width) { return fit_columns(wanted, width); };
  CHECK(fitted({3, 50, 50}, 0) == Widths{3, 50, 50});
  CHECK(fitted({3, 50, 50}, 200) == Widths{3, 50, 50});
  CHECK(fitted({3, 50, 50}, 48) == Widths{3, 21, 20});
  CHECK(fitted({10, 10, 10}, 20) == Widths{6, 5, 5});
  CHECK(fitted({10, 10, 10}, 10) == Widths{4, 4});
  CHECK(fitted({}, 10) == Widths{});
}

TEST_CASE("text is cut by columns, not bytes, and never within a character", "[tui]") {
  CHECK(fit("checkout", 8) == "checkout");
  CHECK(fit("checkout", 5) == "chec…");
  CHECK(fit("カート", 6) == "カート");
  CHECK(fit("カート", 5) == "カー…");
  CHECK(fit("カート", 4) == "カ…");
  CHECK(fit("abc", 0).empty());
  CHECK(fit(std::string(1 << 20, 'x'), 3) == "xx…");
  CHECK(fit("\xff\xfe", 4) == "\uFFFD\uFFFD");
}

TEST_CASE("nothing that moves a cursor or turns text round reaches the terminal", "[tui]") {
  CHECK(to_safe("\x1b]0;title\x07") == "\\x1b]0;title\\x07");
  CHECK(to_safe("a\u0090b") == "a\\xc2\\x90b");
  CHECK(to_safe("a\u202Eb\u2066c") == "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c");
  CHECK(to_safe("line\r\n") == "line\\r\\n");
  CHECK(to_safe(std::string_view("\0", 1)) == "\\x00");
  CHECK(to_safe("grün 日本 é") == "grün 日本 é");
}

}  // namespace obs::tui
