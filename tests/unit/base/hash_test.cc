#include "libobs/base/hash.h"

#include <set>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"

namespace obs {
namespace {

std::string hex128(std::string_view text, std::uint64_t seed = 0) {
  std::string out;
  append_hex(out, hash128(text, seed));
  return out;
}

// At rest and between machines: these values may never change.
TEST_CASE("hashes are XXH3, the same on every machine", "[base][hash]") {
  CHECK(hash64("") == 0x2d06800538d394c2);
  CHECK(hex128("") == "99aa06d3014798d86001c324468d497f");
  CHECK(hash64("obs") == hash64(std::string("obs")));
}

TEST_CASE("a seed makes another hash", "[base][hash]") {
  CHECK(hash64("obs", 1) != hash64("obs"));
  CHECK(hex128("obs", 1) != hex128("obs"));
}

TEST_CASE("random bytes fill all of the room and differ each time", "[base][hash]") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<std::byte, 16> bytes{};
    fill_random(bytes);
    seen.insert(std::string(as_text(bytes)));
  }
  CHECK(seen.size() == 100);
  fill_random({});
}

}  // namespace
}  // namespace obs
