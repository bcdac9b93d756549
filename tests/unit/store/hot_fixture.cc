#include "tests/unit/store/hot_fixture.h"

#include <algorithm>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "libobs/codec/json.h"
#include "tests/support/extremes.h"
#include "tests/support/random_batch.h"

namespace obs::store {
namespace {

using model::KeyValue;
using model::Value;

enum class Habit { kText, kInt, kBool, kMixed, kTwice, kAbsent };

struct Key {
  std::string_view key;
  Habit habit = Habit::kAbsent;
  unsigned one_in = 1;  // Records.
};

class Maker {
 public:
  Maker(std::uint64_t seed, model::Batch& batch) : random_(seed), batch_(batch) {}

  model::Attributes attributes(std::span<const Key> keys) {
    std::vector<KeyValue> made;
    for (const Key& key : keys) {
      if (random_() % key.one_in != 0 || key.habit == Habit::kAbsent) continue;
      made.push_back({key.key, value(key.habit)});
      if (key.habit == Habit::kTwice && random_() % 8 == 0) made.push_back(made.back());
    }
    std::shuffle(made.begin(), made.end(), random_);
    return batch_.arena->copy_array(std::span<const KeyValue>(made));
  }

 private:
  template <class T, std::size_t N>
  const T& any(const T (&items)[N]) {
    return items[random_() % N];
  }

  Value value(Habit habit) {
    switch (habit) {
      case Habit::kInt: return Value::integer(any(test::kIntegers));
      case Habit::kBool: return Value::boolean(random_() % 2 == 0);
      case Habit::kMixed: break;
      default: return Value::string(any(test::kTexts));
    }
    switch (random_() % 5) {
      case 0: return Value::number(any(test::kDoubles));
      case 1: return Value::empty();
      case 2: return Value();
      case 3: return Value::integer(any(test::kIntegers));
      default: return Value::string(any(test::kTexts));
    }
  }

  std::mt19937_64 random_;
  model::Batch& batch_;
};

std::vector<Key> make_keys(std::uint64_t habits, model::Batch& batch) {
  static constexpr Habit kHabits[] = {Habit::kText,  Habit::kText,  Habit::kInt,   Habit::kBool,
                                      Habit::kMixed, Habit::kTwice, Habit::kAbsent};
  static constexpr unsigned kOneIn[] = {1, 2, 5, 40};
  std::mt19937_64 random(habits);
  std::vector<Key> keys;
  for (const std::string& key : hot_keys()) {
    keys.push_back({batch.arena->copy(key), kHabits[random() % std::size(kHabits)],
                    kOneIn[random() % std::size(kOneIn)]});
  }
  return keys;
}

std::vector<model::Attributes>& attributes_in(model::Batch& batch) {
  return batch.signal == model::Signal::kLogs ? batch.logs.attributes : batch.spans.attributes;
}

std::string in_order(std::vector<KeyValue> members) {
  std::stable_sort(members.begin(), members.end(),
                   [](const KeyValue& a, const KeyValue& b) { return a.key < b.key; });
  std::string json;
  codec::append_record_map(json, members);
  return json;
}

}  // namespace

std::vector<std::string> hot_keys() {
  std::set<std::string> keys;
  for (const std::string_view key : test::kKeys) keys.emplace(key);
  for (const char* key :
       {"Foo",  "foo",        "FOO",         "`tick`", "it's", "a/b",  "a~b",  "~1",    "/",
        "time", "attributes", "http.status", "%s{}",   "\\",   "dot.", ".dot", "block", "k01",
        "k02",  "k03",        "k04",         "k05",    "k06",  "k07",  "k08"}) {
    keys.emplace(key);
  }
  keys.insert(std::string("nul\0key", 7));
  keys.insert(std::string(128, 'x'));
  keys.insert(std::string(129, 'x'));
  return {keys.begin(), keys.end()};
}

model::BatchPtr make_hot(model::Signal signal, std::uint64_t seed, std::uint64_t habits,
                         std::size_t records) {
  model::Batch batch = test::random_batch(signal, seed, records);
  const std::vector<Key> keys = make_keys(habits, batch);
  Maker maker(seed, batch);
  for (model::Attributes& attributes : attributes_in(batch)) attributes = maker.attributes(keys);
  batch.wire = {};
  model::assign_id(batch);
  return std::make_shared<const model::Batch>(std::move(batch));
}

std::string in_order(std::string_view json) {
  Arena arena;
  const auto value = codec::parse_record_value(json, arena);
  REQUIRE(value);
  return in_order(std::vector<KeyValue>(value->as_map().begin(), value->as_map().end()));
}

std::string in_order(model::Attributes attributes) {
  return in_order(std::vector<KeyValue>(attributes.begin(), attributes.end()));
}

}  // namespace obs::store
