#include "libobs/base/arena.h"

#include <catch2/catch.hpp>

namespace obs {
namespace {

TEST_CASE("an arena aligns what it gives and keeps all of it", "[base][arena]") {
  Arena arena;
  std::vector<std::pair<std::uint64_t*, std::string_view>> given;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    const std::string_view text = arena.copy(std::string(i % 7, 'x'));
    auto* const number = arena.allocate_array<std::uint64_t>(1);
    REQUIRE(reinterpret_cast<std::uintptr_t>(number) % alignof(std::uint64_t) == 0);
    *number = i;
    given.emplace_back(number, text);
  }
  for (std::uint64_t i = 0; i < given.size(); ++i) {
    REQUIRE(*given[i].first == i);
    REQUIRE(given[i].second == std::string(i % 7, 'x'));
  }
}

TEST_CASE("an arena takes more than a block at once", "[base][arena]") {
  Arena arena;
  const std::string big(5'000'000, 'b');
  CHECK(arena.copy(big) == big);
  CHECK(arena.bytes() >= big.size());
}

TEST_CASE("an adopted buffer stays where it is, however many follow", "[base][arena]") {
  Arena arena;
  const std::string_view first = arena.adopt("short");
  for (int i = 0; i < 100; ++i) arena.adopt(std::string(i, 'x'));
  CHECK(first == "short");
}

TEST_CASE("an arena keeps others alive as long as it lives", "[base][arena]") {
  const auto owner = std::make_shared<int>(1);
  {
    Arena arena;
    arena.keep(owner);
    CHECK(owner.use_count() == 2);
  }
  CHECK(owner.use_count() == 1);
}

TEST_CASE("an arena copies arrays", "[base][arena]") {
  Arena arena;
  const int numbers[] = {1, 2, 3};
  const auto copy = arena.copy_array<int>(numbers);
  CHECK(std::vector(copy.begin(), copy.end()) == std::vector{1, 2, 3});
  CHECK(arena.copy_array<int>({}).empty());
}

}  // namespace
}  // namespace obs
