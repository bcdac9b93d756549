#include <catch2/catch.hpp>

#include <cmath>

#include "libobs/tui/braille.h"
#include "libobs/tui/chart.h"
#include "tests/unit/tui/rows.h"

namespace obs::tui {
namespace {

using store::ColumnType;

std::string curve_of(std::size_t width) {
  std::vector<Row> rows;
  for (int i = 0; i <= 60; ++i) {
    rows.push_back({integer(kTime + i * kMinute), number(100 + 100 * std::sin(i / 6.0))});
  }
  return render(make_chart_renderer({width, false}),
                {{"minute", ColumnType::kTimestamp}, {"requests", ColumnType::kDouble}}, rows);
}

}  // namespace

TEST_CASE("a curve fills its panel and names its axes", "[tui]") {
  CHECK(curve_of(60) == R"(requests  min 0.105  max 200  last 45.6
200 ┤     ⡠⠔⠊⠉⠑⠒⠢⡀                          ⢀⠤⠒⠉⠉⠒⠤⣀
    │   ⡠⠊       ⠈⠢⡀                      ⡠⠒⠁       ⠣⡀
    │ ⢀⠜           ⠈⢆                    ⡰⠁          ⠈⢢
    │⡠⠊              ⠑⡄                ⢀⠎              ⠑⢄
    │                 ⠈⢆              ⡔⠁                ⠈⢢
    │                  ⠈⠢⡀          ⢀⠜                    ⠣⡀
    │                    ⠈⠢⡀      ⢀⠔⠁                      ⠈
  0 ┤                      ⠘⠤⣀⣀⣀⡠⠒⠁
     10:15:30                                       11:15:30
)");
}

TEST_CASE("bars are as long as their values", "[tui]") {
  const std::vector<Row> rows = {{text("checkout"), integer(1200)},
                                 {text("cart"), integer(600)},
                                 {text("payment"), integer(1)},
                                 {text("idle"), integer(0)},
                                 {null(), null()},
                                 {text("owing"), integer(-300)}};
  CHECK(render(make_chart_renderer({50, false}),
               {{"service", ColumnType::kText}, {"n", ColumnType::kInt}}, rows) == R"(n
checkout  ██████████████████████████████████  1.2k
cart      █████████████████  600
payment     1
idle        0

owing     ████████▌  -300
)");
}

TEST_CASE("each label has a curve of its own, and so has each column", "[tui]") {
  const std::vector<store::Column> columns = {
      {"t", ColumnType::kTimestamp}, {"service", ColumnType::kText}, {"p95_ns", ColumnType::kInt}};
  const std::string drawn = render(make_chart_renderer({60, false}), columns,
                                   {{integer(kTime), text("a"), integer(1'500'000)},
                                    {integer(kTime), text("b"), integer(3'000'000)},
                                    {integer(kTime + kSecond), text("a"), integer(2'000'000)},
                                    {integer(kTime), text("a"), null()}});
  CHECK_THAT(drawn, Catch::Contains("a  min ") && Catch::Contains("\nb  min "));
}

TEST_CASE("a chart without numbers is refused", "[tui]") {
  CHECK(render(make_chart_renderer({}), {{"body", ColumnType::kText}}, {}) ==
        "error: a chart needs a column of numbers, and there is none");
}

TEST_CASE("axis numbers are short", "[tui]") {
  CHECK(to_axis_text("n", 0) == "0");
  CHECK(to_axis_text("n", 0.00123456) == "0.00123");
  CHECK(to_axis_text("n", 999) == "999");
  CHECK(to_axis_text("n", 999.9) == "1k");
  CHECK(to_axis_text("n", 1234) == "1.23k");
  CHECK(to_axis_text("n", -45'000'000) == "-45M");
  CHECK(to_axis_text("n", 7e15) == "7e+03T");
  CHECK(to_axis_text("duration_ns", 1'250'000) == "1.25ms");
}

TEST_CASE("dots lie where Unicode has them, and lines join them", "[tui]") {
  BrailleCanvas canvas(2, 1);
  canvas.set(0, 0);
  canvas.set(3, 3);
  canvas.set(9, 9);
  CHECK(canvas.row(0) == "⠁⢀");
  BrailleCanvas lines(2, 1);
  lines.line(0, 3, 3, 0);
  CHECK(lines.row(0) == "⡠⠊");
  CHECK(BrailleCanvas(3, 1).row(0).empty());
}

}  // namespace obs::tui
