#include "libobs/store/token_filter.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace obs::store {
namespace {

std::vector<std::uint64_t> make_tokens(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> tokens(count);
  for (std::uint64_t& token : tokens) token = random();
  return tokens;
}

std::string make_filter(const std::vector<std::uint64_t>& tokens) {
  std::string bytes;
  append_token_filter(bytes, tokens);
  return bytes;
}

TEST_CASE("a filter has every token it was made of, whatever their number", "[store][filter]") {
  for (const std::size_t count : {0, 1, 2, 3, 5, 10, 100, 1'000, 4'095, 60'000, 300'000}) {
    const auto tokens = make_tokens(count, count);
    const std::string bytes = make_filter(tokens);
    const auto filter = TokenFilter::parse(bytes);
    REQUIRE(filter);
    CHECK(filter->count() == count);
    std::size_t missing = 0;
    for (const std::uint64_t token : tokens) missing += !filter->may_have(token);
    CHECK(missing == 0);
  }
}

TEST_CASE("at most one token in a thousand seems to be there and is not", "[store][filter]") {
  for (const std::size_t count : {1, 500, 60'000}) {
    const std::string bytes = make_filter(make_tokens(count, 1));
    const auto filter = TokenFilter::parse(bytes);
    REQUIRE(filter);
    constexpr std::size_t kProbes = 1'000'000;
    std::size_t found = 0;
    for (const std::uint64_t token : make_tokens(kProbes, 2)) found += filter->may_have(token);
    CHECK(found < kProbes / 1'500);
    CHECK(found > kProbes / 2'600);  // And it is not that the test asks wrongly.
  }
}

TEST_CASE("a filter of a row group takes less than fourteen bits a token", "[store][filter]") {
  for (const std::size_t count : {30'000, 60'000, 200'000}) {
    CHECK(make_filter(make_tokens(count, 3)).size() * 8 < count * 14);
  }
}

TEST_CASE("a filter of nothing has nothing", "[store][filter]") {
  const std::string bytes = make_filter({});
  const auto filter = TokenFilter::parse(bytes);
  REQUIRE(filter);
  for (const std::uint64_t token : make_tokens(1'000, 4)) CHECK_FALSE(filter->may_have(token));
}

TEST_CASE("bytes that are no filter are refused, and any that are not are safe",
          "[store][filter]") {
  const std::string good = make_filter(make_tokens(100, 5));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(TokenFilter::parse(std::string_view(good).substr(0, size)));
  }
  CHECK_FALSE(TokenFilter::parse(good + "x"));
  for (std::size_t at = 0; at < 16; ++at) {
    for (const char value : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string bad = good;
      bad[at] = value;
      const auto filter = TokenFilter::parse(bad);
      if (filter) (void)filter->may_have(12345);
    }
  }
}

TEST_CASE("a set keeps each token once, zero too", "[store][filter]") {
  TokenSet set;
  const auto tokens = make_tokens(50'000, 6);
  for (int round = 0; round < 2; ++round) {
    for (const std::uint64_t token : tokens) set.add(token);
    set.add(0);
  }
  CHECK(set.distinct().size() == tokens.size() + 1);
  set.clear();
  CHECK(set.distinct().empty());
  set.add(tokens[0]);
  set.add(0);
  CHECK(set.distinct().size() == 2);
}

TEST_CASE("a set of more tokens than are gathered at once has each once", "[store][filter]") {
  TokenSet set;
  const auto tokens = make_tokens(400'000, 7);
  for (int round = 0; round < 3; ++round) {
    for (const std::uint64_t token : tokens) set.add(token);
  }
  const auto distinct = set.distinct();
  std::vector<std::uint64_t> found(distinct.begin(), distinct.end());
  std::sort(found.begin(), found.end());
  std::vector<std::uint64_t> wanted = tokens;
  std::sort(wanted.begin(), wanted.end());
  CHECK(found == wanted);
}

}  // namespace
}  // namespace obs::store
