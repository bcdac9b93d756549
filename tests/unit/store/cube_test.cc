#include "libobs/store/cube.h"

#include <random>

#include <fmt/format.h>
#include <catch2/catch.hpp>

namespace obs::store {
namespace {

using Severity = SeverityClass;

Cube make_cube() {
  CubeBuilder builder;
  const std::size_t cart = builder.group_number("default", "cart");
  const std::size_t none = builder.group_number("default", std::nullopt);
  const std::size_t empty = builder.group_number("default", "");
  for (int i = 0; i < 3; ++i) builder.add(cart, Severity::kError, 10 * kMinute + i);
  builder.add(cart, Severity::kError, 8 * kMinute);  // Late.
  builder.add(cart, Severity::kError, 10 * kMinute + 30);
  builder.add(cart, Severity::kInfo, -1);
  builder.add(none, Severity::kNone, 0);
  builder.add(empty, Severity::kBeyond, kMinute - 1);
  return *builder.finish();
}

TEST_CASE("a cube counts records by minute, service and severity", "[store][cube]") {
  const Cube cube = make_cube();
  REQUIRE(cube.size() == 4);
  CHECK(cube.at({"default", "cart", Severity::kError}) == std::vector<CubeCell>{{8, 1}, {10, 4}});
  CHECK(cube.at({"default", "cart", Severity::kInfo}) == std::vector<CubeCell>{{-1, 1}});
  CHECK(cube.at({"default", std::nullopt, Severity::kNone}) == std::vector<CubeCell>{{0, 1}});
  CHECK(cube.at({"default", "", Severity::kBeyond}) == std::vector<CubeCell>{{0, 1}});
}

TEST_CASE("a cube comes back from its bytes", "[store][cube]") {
  for (const Cube& cube : {Cube{}, make_cube()}) {
    const auto decoded = decode_cube(encode_cube(cube));
    REQUIRE(decoded);
    CHECK(*decoded == cube);
  }
}

TEST_CASE("a cube with any byte changed or missing is refused", "[store][cube]") {
  const std::string bytes = encode_cube(make_cube());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string bad = bytes;
    bad[at] ^= 1;
    INFO("byte " << at);
    CHECK_FALSE(decode_cube(bad));
    CHECK_FALSE(decode_cube(bytes.substr(0, at)));
  }
}

TEST_CASE("a cube of a day of twenty services takes a few bytes a cell", "[store][cube]") {
  std::mt19937_64 random(1);
  CubeBuilder builder;
  std::vector<std::size_t> groups;
  for (int i = 0; i < 20; ++i) groups.push_back(builder.group_number("p", fmt::format("s{}", i)));
  constexpr int kRows = 1'000'000;
  for (int i = 0; i < kRows; ++i) {
    builder.add(groups[random() % 20], static_cast<Severity>(1 + random() % 4),
                kHour * 24 / kRows * i);
  }
  const auto cube = builder.finish();
  REQUIRE(cube);
  CHECK(encode_cube(*cube).size() < 1440 * 20 * 4 * 3);
}

TEST_CASE("rows in any order make the same cube", "[store][cube]") {
  std::mt19937_64 random(2);
  CubeBuilder builder;
  const std::size_t group = builder.group_number("p", "s");
  std::map<std::int64_t, std::uint64_t> expected;
  for (int i = 0; i < 1'200'000; ++i) {
    const auto minute = static_cast<std::int64_t>(random() % 1440);
    ++expected[minute];
    builder.add(group, Severity::kInfo, minute * kMinute + 1);
  }
  const auto cube = builder.finish();
  REQUIRE(cube);
  const auto& cells = cube->at({"p", "s", Severity::kInfo});
  REQUIRE(cells.size() == expected.size());
  for (const CubeCell& cell : cells) CHECK(cell.count == expected[cell.minute]);
}

TEST_CASE("there is no cube where it would be too large", "[store][cube]") {
  CubeBuilder minutes;
  const std::size_t group = minutes.group_number("p", "s");
  for (std::size_t i = 0; i <= kMaxCubeCells + 1; ++i) {
    minutes.add(group, Severity::kInfo, static_cast<Timestamp>(i) * kMinute);
  }
  CHECK_FALSE(minutes.finish());

  CubeBuilder services;
  for (std::size_t i = 0; i <= kMaxCubeServices; ++i) {
    services.add(services.group_number("p", fmt::format("s{}", i)), Severity::kInfo, 0);
  }
  CHECK_FALSE(services.finish());
}

TEST_CASE("severities are those of the column", "[store][cube]") {
  struct Case {
    std::int32_t number;
    std::string_view text;
    Severity severity;
  };
  const Case cases[] = {
      {1, "", Severity::kTrace},  {8, "", Severity::kDebug},   {17, "info", Severity::kError},
      {24, "", Severity::kFatal}, {25, "", Severity::kBeyond}, {0, "WARNING", Severity::kWarn},
      {0, "", Severity::kNone},   {-3, "", Severity::kNone},   {0, "odd", Severity::kNone}};
  for (const Case& c : cases) {
    const Severity severity = severity_class(c.number, c.text);
    CHECK(severity == c.severity);
    CHECK(severity_class_of_word(severity_word(severity), c.number) == c.severity);
  }
  CHECK(severity_word(Severity::kError) == "error");
  CHECK(severity_word(Severity::kNone).empty());
}

}  // namespace
}  // namespace obs::store
