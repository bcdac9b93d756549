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

// Token i is in section i % kSections.
std::string make_filter(const std::vector<std::uint64_t>& tokens) {
  TokenSet set;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    set.add(tokens[i], static_cast<std::uint32_t>(i % kSections));
  }
  std::string bytes;
  append_token_filter(bytes, set.distinct());
  return bytes;
}

bool may_have(const TokenFilter& filter, std::uint64_t token) { return filter.find(token) != 0; }

TEST_CASE("a filter has every token it was made of, whatever their number", "[store][filter]") {
  for (const std::size_t count : {0, 1, 2, 3, 5, 10, 100, 1'000, 4'095, 60'000, 300'000}) {
    const auto tokens = make_tokens(count, count);
    const std::string bytes = make_filter(tokens);
    const auto filter = TokenFilter::parse(bytes);
    REQUIRE(filter);
    CHECK(filter->count() == count);
    std::size_t missing = 0;
    std::size_t vague = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const SectionMask section = SectionMask{1} << i % kSections;
      const SectionMask found = filter->find(tokens[i]);
      missing += (found & section) == 0;
      vague += found != section;
    }
    CHECK(missing == 0);
    CHECK(vague <= count / 500);
  }
}

TEST_CASE("at most one token in a thousand seems to be there and is not", "[store][filter]") {
  for (const std::size_t count : {1, 500, 60'000}) {
    const std::string bytes = make_filter(make_tokens(count, 1));
    const auto filter = TokenFilter::parse(bytes);
    REQUIRE(filter);
    constexpr std::size_t kProbes = 1'000'000;
    std::size_t found = 0;
    for (const std::uint64_t token : make_tokens(kProbes, 2)) found += may_have(*filter, token);
    CHECK(found < kProbes / 1'500);
    CHECK(found > kProbes / 2'600);  // And it is not that the test asks wrongly.
  }
}

TEST_CASE("a filter of a row group takes less than twenty bits a token", "[store][filter]") {
  for (const std::size_t count : {30'000, 60'000, 200'000}) {
    CHECK(make_filter(make_tokens(count, 3)).size() * 8 < count * 20);
  }
}

TEST_CASE("a filter of nothing has nothing", "[store][filter]") {
  const std::string bytes = make_filter({});
  const auto filter = TokenFilter::parse(bytes);
  REQUIRE(filter);
  for (const std::uint64_t token : make_tokens(1'000, 4)) CHECK_FALSE(may_have(*filter, token));
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
      if (filter) (void)filter->find(12345);
    }
  }
}

TEST_CASE("a filter knows the sections of a token, or that there are many", "[store][filter]") {
  const auto tokens = make_tokens(1'000, 6);
  TokenSet set;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (std::uint32_t section = 0; section < i % 7; ++section) set.add(tokens[i], 4 * section);
    for (std::uint32_t section = 0; section < i % 7; ++section) set.add(tokens[i], 4 * section);
  }
  set.add(tokens[1], kAnySection);
  std::string bytes;
  append_token_filter(bytes, set.distinct());
  const auto filter = TokenFilter::parse(bytes);
  REQUIRE(filter);
  CHECK(filter->find(tokens[1]) == kAllSections);
  std::size_t vague = 0;
  for (std::size_t i = 2; i < tokens.size(); ++i) {
    SectionMask wanted = i % 7 > kMostPlaces ? kAllSections : 0;
    for (std::uint32_t section = 0; section < i % 7; ++section) {
      wanted |= SectionMask{1} << 4 * section;
    }
    const SectionMask found = filter->find(tokens[i]);
    CHECK((found & wanted) == wanted);
    vague += found != wanted;
  }
  CHECK(vague <= 6);
}

TEST_CASE("a set keeps each token once, zero too", "[store][filter]") {
  TokenSet set;
  const auto tokens = make_tokens(50'000, 6);
  for (int round = 0; round < 2; ++round) {
    for (const std::uint64_t token : tokens) set.add(token, 3);
    set.add(0, 0);
  }
  CHECK(set.distinct().size() == tokens.size() + 1);
  set.clear();
  CHECK(set.distinct().empty());
  set.add(tokens[0], 3);
  set.add(0, 0);
  CHECK(set.distinct().size() == 2);
}

TEST_CASE("a set of more tokens than are gathered at once has each once a section",
          "[store][filter]") {
  TokenSet set;
  const auto tokens = make_tokens(400'000, 7);
  for (int round = 0; round < 4; ++round) {
    for (const std::uint64_t token : tokens) set.add(token, round % 2);
  }
  CHECK(set.distinct().size() == 2 * tokens.size());
  for (int round = 0; round < 7; ++round) {
    for (const std::uint64_t token : tokens) set.add(token, round);
  }
  CHECK(set.distinct().size() == tokens.size());
}

}  // namespace
}  // namespace obs::store
