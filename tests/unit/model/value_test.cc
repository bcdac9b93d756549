#include "libobs/model/value.h"

#include <cmath>
#include <deque>

#include <catch2/catch.hpp>

namespace obs::model {
namespace {

TEST_CASE("values are equal by kind and contents, all the way down", "[model][value]") {
  const Value items[] = {Value::integer(1), Value::string("a")};
  const Value same[] = {Value::integer(1), Value::string("a")};
  const Value other[] = {Value::integer(1), Value::string("b")};
  const KeyValue map[] = {{"k", Value::array(items)}};
  const KeyValue same_map[] = {{"k", Value::array(same)}};
  const KeyValue other_map[] = {{"k", Value::array(other)}};
  const KeyValue other_key[] = {{"l", Value::array(items)}};
  CHECK(Value::map(map) == Value::map(same_map));
  CHECK_FALSE(Value::map(map) == Value::map(other_map));
  CHECK_FALSE(Value::map(map) == Value::map(other_key));
  CHECK_FALSE(Value::map(map) == Value::map({}));
  CHECK_FALSE(Value::array(items) == Value::array({items, 1}));
  CHECK(map[0] == same_map[0]);
}

TEST_CASE("every kind differs from every other", "[model][value]") {
  const Value values[] = {
      Value(),           Value::empty(),   Value::string(""), Value::boolean(false),
      Value::integer(0), Value::number(0), Value::bytes({}),  Value::array({}),
      Value::map({})};
  for (const Value& a : values) {
    for (const Value& b : values) CHECK((a == b) == (&a == &b));
  }
}

TEST_CASE("doubles compare by their bits", "[model][value]") {
  CHECK(Value::number(NAN) == Value::number(NAN));
  CHECK_FALSE(Value::number(0.0) == Value::number(-0.0));
  CHECK(Value::number(0.1) == Value::number(0.1));
}

TEST_CASE("trees deeper than any stack can be compared", "[model][value]") {
  const auto nest = [](std::deque<Value>& levels) {
    levels.push_back(Value::integer(1));
    for (int i = 0; i < 500'000; ++i) levels.push_back(Value::array({&levels.back(), 1}));
    return levels.back();
  };
  std::deque<Value> a;
  std::deque<Value> b;
  CHECK(nest(a) == nest(b));
}

TEST_CASE("the first attribute of a key is found", "[model][value]") {
  const KeyValue attributes[] = {{"a", Value::integer(1)}, {"a", Value::integer(2)}};
  REQUIRE(find_attribute(attributes, "a"));
  CHECK(find_attribute(attributes, "a")->as_int() == 1);
  CHECK(find_attribute(attributes, "b") == nullptr);
  CHECK(find_attribute({}, "a") == nullptr);
}

}  // namespace
}  // namespace obs::model
