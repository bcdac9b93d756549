// Which attributes become columns of a part.

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/hot_attributes.h"
#include "libobs/store/hot_choice.h"
#include "tests/unit/store/hot_fixture.h"

namespace obs::store {
namespace {

// Rows of one batch, and the choice for them.
HotAttributes choose(const model::BatchPtr& batch, const HotAttributes& before = {}) {
  const SequencedBatch sequenced{batch, 1};
  const RowSet set(batch->signal, std::span(&sequenced, 1));
  return choose_hot_attributes(set, set.all_rows(), before);
}

}  // namespace

TEST_CASE("keys become columns when they are frequent, and their values are of one type",
          "[store][hot]") {
  const auto chosen = [](auto make) { return to_json(choose(make_logs_with(1000, make))); };
  using model::Value;
  CHECK(chosen([](std::size_t, auto&) {}) == "{}");
  CHECK(chosen([](std::size_t, auto& out) {
          out.push_back({"s", text("")});
          out.push_back({"i", Value::integer(INT64_MIN)});
          out.push_back({"b", Value::boolean(false)});
          out.push_back({"d", Value::number(1)});
          out.push_back({"e", Value::empty()});
          out.push_back({"n", Value()});
        }) == R"({"b":"BOOLEAN","i":"BIGINT","s":"VARCHAR"})");
  CHECK(chosen([](std::size_t i, auto& out) {
          if (i % 100 == 0) out.push_back({"often", text("x")});
          if (i % 200 == 0) out.push_back({"seldom", text("x")});
        }) == R"({"often":"VARCHAR"})");
  CHECK(chosen([](std::size_t i, auto& out) {
          out.push_back({"mixed", i == 999 ? Value::integer(1) : text("x")});
          out.push_back({"twice", text("x")});
          if (i == 500) out.push_back({"twice", text("y")});
        }) == "{}");
  CHECK(chosen([](std::size_t i, auto& out) {
          if (i % 2 == 0) out.push_back({"Foo", text("x")});
          out.push_back({"foo", text("x")});
        }) == R"({"foo":"VARCHAR"})");
  const std::string longest(kMaxHotKeyBytes, 'x');
  const std::string longer(kMaxHotKeyBytes + 1, 'x');
  CHECK(chosen([&](std::size_t, auto& out) {
          out.push_back({longest, text("x")});
          out.push_back({longer, text("x")});
          out.push_back({std::string_view("nul\0", 4), text("x")});
        }) == "{\"" + longest + "\":\"VARCHAR\"}");
}

TEST_CASE("a part has no more columns than the most frequent keys may have", "[store][hot]") {
  std::vector<std::string> keys;
  for (int i = 0; i < 60; ++i) keys.push_back(fmt::format("k{:02}", i));
  const HotAttributes hot = choose(make_logs_with(1000, [&](std::size_t i, auto& out) {
    for (std::size_t k = 0; k < keys.size(); ++k) {
      if (i % (k + 1) == 0) out.push_back({keys[k], text("x")});
    }
  }));
  REQUIRE(hot.size() == kMaxHotAttributes);
  for (std::size_t i = 0; i < hot.size(); ++i) CHECK(hot[i].key == keys[i]);
}

TEST_CASE("a stranger's million keys are neither columns nor a burden", "[store][hot]") {
  std::vector<std::string> keys;
  for (int i = 0; i < 20'000; ++i) keys.push_back(fmt::format("key.{}", i));
  CHECK(to_json(choose(make_logs_with(10'000, [&](std::size_t i, auto& out) {
          out.push_back({keys[2 * i], text("x")});
          out.push_back({keys[2 * i + 1], text("x")});
          out.push_back({"known", text("x")});
        }))) == R"({"known":"VARCHAR"})");
}

TEST_CASE("a key that was hot keeps its column while it does not change", "[store][hot]") {
  const HotAttributes before = {{"gone", HotType::kInt}, {"old", HotType::kText}};
  const auto next = [&](auto make) { return to_json(choose(make_logs_with(1000, make), before)); };
  CHECK(next([](std::size_t, auto&) {}) == R"({"gone":"BIGINT","old":"VARCHAR"})");
  CHECK(next([](std::size_t i, auto& out) {
          if (i == 0) out.push_back({"old", model::Value::integer(1)});
        }) == R"({"gone":"BIGINT","old":"BIGINT"})");
  CHECK(next([](std::size_t, auto& out) {
          out.push_back({"old", model::Value::number(1)});
        }) == R"({"gone":"BIGINT"})");
}

TEST_CASE("in a part of many rows, a key that has gone loses its column", "[store][hot]") {
  const HotAttributes before = {{"gone", HotType::kInt}, {"rarer", HotType::kText}};
  const auto batch = make_logs_with(70'000, [](std::size_t i, auto& out) {
    if (i % 200 == 0) out.push_back({"rarer", text("x")});
  });
  CHECK(to_json(choose(batch, before)) == R"({"rarer":"VARCHAR"})");
}

TEST_CASE("a list of hot attributes reads back as it was written", "[store][hot]") {
  const HotAttributes hot = {
      {"", HotType::kBool}, {"$x \"q\"", HotType::kInt}, {"é", HotType::kText}};
  CHECK(*parse_hot_attributes(to_json(hot)) == hot);
  CHECK(parse_hot_attributes("{}")->empty());
  for (const char* bad : {"", "[]", R"({"a":1})", R"({"a":"DOUBLE"})", "{"}) {
    CHECK_FALSE(parse_hot_attributes(bad));
  }
}

}  // namespace obs::store
