#include "libobs/store/attribute_keys.h"

#include <string>

#include <catch2/catch.hpp>

#include "libobs/store/index_tokens.h"

namespace obs::store {
namespace {

void add(AttributeKeysBuilder& keys, std::string_view key) {
  keys.add(attribute_key_token(TokenField::kAttribute, key));
}

TEST_CASE("a part's keys are known, and what is no key of it", "[store][keys]") {
  AttributeKeysBuilder keys;
  for (int i = 0; i < 500; ++i) add(keys, "key." + std::to_string(i));
  for (int i = 0; i < 500; ++i) add(keys, "key." + std::to_string(i));
  const std::string bytes = keys.finish().value();
  for (int i = 0; i < 500; ++i) CHECK(may_have_key(bytes, "key." + std::to_string(i)));
  int wrong = 0;
  for (int i = 500; i < 10'500; ++i) wrong += may_have_key(bytes, "key." + std::to_string(i));
  CHECK(wrong <= 1);
}

TEST_CASE("a part without attributes has no key", "[store][keys]") {
  CHECK_FALSE(may_have_key(AttributeKeysBuilder().finish().value(), "user.id"));
}

TEST_CASE("of a part with very many keys nothing is known", "[store][keys]") {
  AttributeKeysBuilder keys;
  for (std::size_t i = 0; i < kMaxKnownKeys; ++i) add(keys, "key." + std::to_string(i));
  CHECK(keys.finish().has_value());
  add(keys, "one more");
  CHECK_FALSE(keys.finish().has_value());
}

TEST_CASE("keys that are missing or damaged leave out nothing", "[store][keys]") {
  AttributeKeysBuilder keys;
  add(keys, "a");
  const std::string good = keys.finish().value();
  REQUIRE_FALSE(may_have_key(good, "b"));
  CHECK(may_have_key("", "b"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    INFO(size);
    CHECK(may_have_key(good.substr(0, size), "b"));
    std::string flipped = good;
    flipped[size] = static_cast<char>(flipped[size] ^ 4);
    CHECK(may_have_key(flipped, "b"));
  }
}

}  // namespace
}  // namespace obs::store
