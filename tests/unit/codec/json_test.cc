#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "libobs/codec/json.h"
#include "libobs/codec/json_reader.h"
#include "tests/support/dump.h"

using namespace obs;
using namespace obs::codec;
using model::Value;
using model::ValueKind;

namespace {

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

std::string parsed(std::string_view text) {
  Arena arena;
  const auto value = parse_json(text, arena);
  return value ? test::dump_value(*value)
               : std::string(value.error().what) + "@" + std::to_string(value.error().offset);
}

std::string record_text(std::string_view text) {
  Arena arena;
  const auto value = parse_record_value(text, arena);
  if (!value) return std::string(value.error().what);
  std::string out;
  append_record_value(out, *value);
  return out;
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

}  // namespace

TEST_CASE("JSON documents become values", "[codec][json]") {
  const Case cases[] = {
      {"null", "empty"},
      {" true ", "true"},
      {"\t[ ]\r\n", "[ ]"},
      {"{}", "{ }"},
      {R"({"a":1,"a":2,"b":{"c":[null,false]}})", R"({ "a"=1 "a"=2 "b"={ "c"=[ empty false ] } })"},
      {R"("\"\\\/\b\f\n\r\tx")", R"("\"\\/\b\f\n\r\tx")"},
      {R"("\u0041\u00e9\u20AC\ud83d\ude80")", "\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x80\""},
      {R"("\u0000")", R"("\u0000")"},
      {R"({"\u0061b":1})", R"({ "ab"=1 })"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-0", "0"},
      {"9223372036854775808", "9.223372036854776e+18#43e0000000000000"},
      {"123456789012345678901234567890", "1.2345678901234568e+29#45f8ee90ff6c373e"},
      {"1.0", "1#3ff0000000000000"},
      {"-1.5e3", "-1500#c097700000000000"},
      {"1e400", "inf#7ff0000000000000"},
      {"-1e400", "-inf#fff0000000000000"},
      {"1e-400", "0#0"},
      {"0.1E+2", "10#4024000000000000"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(parsed(c.text) == c.expected);
  }
}

TEST_CASE("what is no JSON is refused where it goes wrong", "[codec][json]") {
  const Case cases[] = {
      {"", "expected a value@0"},
      {"   ", "expected a value@3"},
      {"[1,]", "expected a value@3"},
      {"[1 2]", "expected , or ]@3"},
      {"[1", "expected , or ]@2"},
      {"{\"a\":1,}", "expected a key and a colon@7"},
      {"{\"a\" 1}", "expected a key and a colon@5"},
      {"{a:1}", "expected a key and a colon@1"},
      {"{\"a\":}", "expected a value@5"},
      {"1 2", "expected the end of the document@2"},
      {"\"a\"b", "expected the end of the document@3"},
      {"\"abc", "string without an end@0"},
      {"[\"ok\", \"abc", "string without an end@7"},
      {"\"a\nb\"", "control character in a string@2"},
      {"\"\xFF\"", "not UTF-8@1"},
      {"[\"a\",\"\xC3\x28\"]", "not UTF-8@6"},
      {"\"\\x\"", "bad escape in a string@0"},
      {"\"\\u12\"", "bad escape in a string@0"},
      {"\"\\u12G4\"", "bad escape in a string@0"},
      {"tru", "expected a value@0"},
      {"truest", "expected a value@0"},
      {"nul", "expected a value@0"},
      {"True", "expected a value@0"},
      {"NaN", "expected a value@0"},
      {"01", "malformed number@0"},
      {"+1", "expected a value@0"},
      {"-", "malformed number@0"},
      {".5", "expected a value@0"},
      {"1.", "malformed number@0"},
      {"1e", "malformed number@0"},
      {"1e+", "malformed number@0"},
      {"12a", "malformed number@0"},
      {"[12\"a\"]", "malformed number@1"},
      {"[1{}]", "malformed number@1"},
      {"[true\"a\"]", "expected a value@1"},
      {std::string_view("1\0", 2), "malformed number@0"},
      {std::string_view("\0", 1), "expected a value@0"},
      {"]", "expected a value@0"},
      {"[}", "expected a value@1"},
      {"\\", "expected a value@0"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(parsed(c.text) == c.expected);
  }
}

TEST_CASE("a surrogate alone becomes U+FFFD", "[codec][json]") {
  CHECK(parsed(R"("a\ud83dz")") == "\"a\xEF\xBF\xBDz\"");
  CHECK(parsed(R"("\ude80\ud83d")") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(parsed(R"("\ud83d\u0041")") ==
        "\"\xEF\xBF\xBD"
        "A\"");
}

TEST_CASE("nesting is bounded by depth, not by the stack", "[codec][json]") {
  Arena arena;
  CHECK(parse_json(nested(1024, '[', ']'), arena));
  for (const std::size_t depth : {1025, 100'000, 3'000'000}) {
    const auto value = parse_json(nested(depth, '[', ']'), arena);
    REQUIRE_FALSE(value);
    CHECK(value.error().code == Errc::kLimitExceeded);
  }
  CHECK_FALSE(parse_json(std::string(1'000'000, '['), arena));
}

TEST_CASE("passing over a value checks it as reading does", "[codec][json]") {
  const std::string_view texts[] = {
      R"({"a":[1,{"b":"c\n"},[],{}],"d":null})",
      "[[[[]]]]",
      "{\"a\":[1,{\"b\":2]}",
      "[1,2",
      "[1,,2]",
      "{\"a\":1 \"b\":2}",
      "[\"\\q\"]",
      "[\"\\u00\"]",
      "{\"\\q\":1}",
      "[01]",
      "[tru]",
      "{1:2}",
      "[}",
      "[1]]",
  };
  for (const std::string_view text : texts) {
    INFO(text);
    std::string room(text);
    room.resize(text.size() + JsonReader::kPadding);
    JsonReader reader;
    REQUIRE(reader.start(room.data(), text.size()));
    reader.skip();
    Arena arena;
    CHECK(reader.finish() == parse_json(text, arena).has_value());
  }
}

TEST_CASE("a document cut at any byte is refused", "[codec][json]") {
  const std::string whole = R"({"a":[1,-2.5e3,true,null,"x\u00e9\ud83d\ude80"],"b":{"c":{}}})";
  Arena arena;
  REQUIRE(parse_json(whole, arena));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    INFO(cut);
    CHECK_FALSE(parse_json(whole.substr(0, cut), arena));
  }
}

TEST_CASE("a reader's member is found by its raw text, without moving", "[codec][json]") {
  std::string text = R"({"x":{"signal":1},"signal" : "log" , "signal":2})";
  const std::size_t size = text.size();
  text.resize(size + JsonReader::kPadding);
  JsonReader reader;
  REQUIRE(reader.start(text.data(), size));
  CHECK(reader.find_raw("signal") == R"("log")");
  CHECK(reader.find_raw("nothing") == "");
  CHECK(reader.offset() == 0);
  reader.skip();
  CHECK(reader.finish());
}

TEST_CASE("the record spelling says what JSON cannot", "[codec][json]") {
  Arena arena;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::pair<Value, std::string_view> cases[] = {
      {Value(), "null"},
      {Value::empty(), R"({"$empty":true})"},
      {Value::number(1), "1.0"},
      {Value::number(-0.0), "-0.0"},
      {Value::number(1e300), "1e+300"},
      {Value::number(nan), R"({"$double":"NaN"})"},
      {Value::number(infinity), R"({"$double":"Infinity"})"},
      {Value::number(-infinity), R"({"$double":"-Infinity"})"},
      {Value::bytes(as_bytes("\x01\x02")), R"({"$bytes":"AQI="})"},
      {Value::bytes({}), R"({"$bytes":""})"},
  };
  for (const auto& [value, text] : cases) {
    std::string out;
    append_record_value(out, value);
    CHECK(out == text);
    INFO(text);
    if (value.kind() == ValueKind::kNone) continue;  // Only a map can hold it.
    const auto back = parse_record_value(text, arena);
    REQUIRE(back);
    CHECK(*back == value);
  }
}

TEST_CASE("every NaN keeps its bits in the record spelling", "[codec][json]") {
  Arena arena;
  for (const std::uint64_t bits :
       {0x7FF8000000000000U, 0xFFF8000000000000U, 0x7FF0000000000002U, 0x7FF8DEADBEEF0001U}) {
    const Value value = Value::number(std::bit_cast<double>(bits));
    std::string text;
    append_record_value(text, value);
    const auto back = parse_record_value(text, arena);
    REQUIRE(back);
    CHECK(std::bit_cast<std::uint64_t>(back->as_double()) == bits);
  }
  CHECK_FALSE(parse_record_value(R"({"$double":"NaN:3ff0000000000000"})", arena));
}

TEST_CASE("keys that begin with a dollar are doubled, and come back", "[codec][json]") {
  const Case cases[] = {
      {R"({"$$bytes":"AQI="})", R"({"$$bytes":"AQI="})"},
      {R"({"$$":1,"$$$x":2})", R"({"$$":1,"$$$x":2})"},
      {R"({"a":null})", R"({"a":null})"},
      {R"([null])", R"([{"$empty":true}])"},
      // A form has one member; beside another one it is a plain key.
      {R"({"$bytes":"AQI=","x":1})", R"({"$$bytes":"AQI=","x":1})"},
      {R"({"$other":1})", R"({"$$other":1})"},
      {R"({"$bytes":"not base64!"})", "malformed $bytes, $double or $empty"},
      {R"({"$double":"1.5"})", "malformed $bytes, $double or $empty"},
      {R"({"$empty":false})", "malformed $bytes, $double or $empty"},
      {R"({"$bytes":null})", "malformed $bytes, $double or $empty"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(record_text(c.text) == c.expected);
  }
}

TEST_CASE("the plain spelling is ordinary JSON", "[codec][json]") {
  Arena arena;
  const auto value = parse_record_value(
      R"({"$$k":{"$bytes":"AQI="},"n":{"$double":"NaN"},"e":{"$empty":true},"x":null,"d":2.0})",
      arena);
  REQUIRE(value);
  std::string out;
  append_plain_value(out, *value);
  CHECK(out == R"({"$k":"AQI=","n":null,"e":null,"x":null,"d":2.0})");
}
