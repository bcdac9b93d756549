#include "libobs/base/varint.h"

#include <limits>

#include <catch2/catch.hpp>

namespace obs {

TEST_CASE("numbers come back from their bytes", "[base]") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127},
                                    std::uint64_t{128}, std::uint64_t{300}, kMost - 1, kMost}) {
    std::string bytes;
    append_varint(bytes, value);
    const std::size_t size = bytes.size();
    bytes += "more";
    std::string_view rest = bytes;
    std::uint64_t back = 0;
    REQUIRE(take_varint(rest, back));
    CHECK(back == value);
    CHECK(rest == "more");
    std::string_view cut = std::string_view(bytes).substr(0, size - 1);
    CHECK_FALSE(take_varint(cut, back));
  }
  std::string_view endless = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
  std::uint64_t value = 0;
  CHECK_FALSE(take_varint(endless, value));
}

TEST_CASE("zigzag keeps signs, and small numbers short", "[base]") {
  using Limits = std::numeric_limits<std::int64_t>;
  const std::int64_t numbers[] = {0, -1, 1, -2, 63, -64, 64, Limits::max(), Limits::min()};
  for (const std::int64_t number : numbers) CHECK(unzigzag(zigzag(number)) == number);
  std::string bytes;
  append_zigzag(bytes, -64);
  CHECK(bytes.size() == 1);
}

}  // namespace obs
