#include "libobs/lang/field_scan.h"

#include <random>

#include <catch2/catch.hpp>

#include "libobs/lang/search.h"

using namespace obs::lang;

namespace {

struct Scanned {
  ScanEnd end = ScanEnd::kMalformed;
  std::string fields;  // "a=1 attributes.b=\"x\"", in the order of the keys.
  friend bool operator==(const Scanned&, const Scanned&) = default;
};

using Scan = ScanEnd (*)(std::string_view, const KeySet&, const StopRules&, ScanResult&);

// With nothing readable but the padding behind the line.
Scanned scan(Scan scanner, std::string_view line, const StopRules& rules = {}) {
  KeySet keys;
  keys.add(Place::kTop, "a");
  keys.add(Place::kTop, "attributes");
  keys.add(Place::kAttributes, "b");
  keys.add(Place::kResource, "b");
  std::string padded(line);
  padded.append(kScanPadding, '"');
  padded.shrink_to_fit();
  ScanResult result;
  Scanned out{scanner({padded.data(), line.size()}, keys, rules, result), {}};
  if (out.end == ScanEnd::kMalformed) return out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (result.at(i))
      out.fields += std::to_string(i) + "=" + std::string(result.at(i).token()) + " ";
  }
  return out;
}

std::string fields(std::string_view line) {
  const Scanned fast = scan(scan_fields, line);
  CHECK(fast == scan(scan_fields_plainly, line));
  return fast.end == ScanEnd::kMalformed ? "malformed" : fast.fields;
}

}  // namespace

TEST_CASE("a scan finds the keys it is told of, wherever they stand", "[lang][scan]") {
  CHECK(fields(R"({"a":1})") == "0=1 ");
  CHECK(fields(R"( { "x" : [ {"a":2} ] , "a" : "y" } )") == "0=\"y\" ");
  CHECK(fields(R"({"a":1,"a":2})") == "0=1 ");
  CHECK(fields(R"({"x":{"a":2}})").empty());
  CHECK(fields(R"({"attributes":{"b":true,"c":[]},"resource":{"b":null}})") ==
        "1={\"b\":true,\"c\":[]} 2=true 3=null ");
  CHECK(fields(R"({"attributes":[1],"a":{}})") == "0={} 1=[1] ");
  CHECK(fields(R"({"x":"\"a\":1","\u0061":"b\\"})") == "0=\"b\\\\\" ");
  CHECK(fields("{}").empty());
}

TEST_CASE("a scan tells what is no object", "[lang][scan]") {
  for (const std::string_view line : {"",
                                      "text",
                                      "[1]",
                                      "1",
                                      "\"a\"",
                                      "{",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,}",
                                      "{\"a\" 1}",
                                      "{a:1}",
                                      "{\"a\":1}x",
                                      "{\"a\":tru}",
                                      "{\"a\":[1}",
                                      "{\"a\":\"x}",
                                      "{\"a\":\"x\\\"}",
                                      "{\"a\":,\"b\":1}",
                                      "{\"x\":{\"y\":1}",
                                      "{\"a\":[1}}"}) {
    INFO(line);
    // Brackets are counted, not matched, and numbers are looked at only where they are asked for.
    const bool is_lax = line == "{\"a\":[1}}";
    CHECK((fields(line) == "malformed") == !is_lax);
  }
}

TEST_CASE("a scan stops when the rules are satisfied", "[lang][scan]") {
  StopRules rules;
  rules.add({0b1});
  rules.add({0b100, 0b1000});
  CHECK(scan(scan_fields, R"({"a":1,"attributes":{"b":2,"c":)", rules).end == ScanEnd::kStopped);
  CHECK(scan(scan_fields, R"({"a":1,"c":2})", rules).end == ScanEnd::kWhole);
}

TEST_CASE("vectors and single bytes agree on hostile lines", "[lang][scan]") {
  std::mt19937 random(1);
  constexpr std::string_view kAlphabet = "{}[]\"\"\"\\,::ab1 t";
  for (int round = 0; round < 20000; ++round) {
    std::string line = R"({"attributes":{"b":1},"a":)";
    const std::size_t size = random() % 80;
    for (std::size_t i = 0; i < size; ++i) line += kAlphabet[random() % kAlphabet.size()];
    line += "}";
    INFO(line);
    REQUIRE(scan(scan_fields, line) == scan(scan_fields_plainly, line));
  }
}

TEST_CASE("what earlier lines had does not change what a scan finds", "[lang][scan]") {
  std::mt19937 random(2);
  KeySet keys;
  for (const Place place : {Place::kTop, Place::kAttributes, Place::kResource}) {
    for (const char* key : {"a", "bb", "a key longer than what is remembered of one", "attributes"})
      keys.add(place, key);
  }
  constexpr std::string_view kKeys[] = {
      "\"a\":",          "\"bb\":",
      "\"bb\" :",        " \"c\":",
      "\"attributes\":", "\"resource\":",
      "\"\\u0061\":",    "\"a key longer than what is remembered of one\":"};
  constexpr std::string_view kValues[] = {"1,", "\"x\",", "{\"a\":2},", "{\"bb\":3,", "4},", "[],"};
  ScanResult used;
  for (int round = 0; round < 20000; ++round) {
    std::string line = "{";
    for (std::size_t i = random() % 8; i > 0; --i) {
      line += kKeys[random() % std::size(kKeys)];
      line += kValues[random() % std::size(kValues)];
    }
    if (line.back() == ',') line.back() = '}';
    const std::size_t size = line.size();
    INFO(line);
    // The beginning of a key that an earlier line had stands behind this one.
    line.append(kKeys[random() % std::size(kKeys)]).append(kScanPadding, ' ');
    ScanResult fresh;
    const std::string_view text(line.data(), size);
    const ScanEnd end = scan_fields_plainly(text, keys, {}, fresh);
    REQUIRE(scan_fields(text, keys, {}, used) == end);
    if (end == ScanEnd::kMalformed) continue;
    REQUIRE(used.found == fresh.found);
    for (std::size_t i = 0; i < keys.size(); ++i)
      REQUIRE(used.at(i).token() == fresh.at(i).token());
  }
}

TEST_CASE("a needle is found, and whatever could hide it", "[lang][search]") {
  struct Case {
    std::string_view needle;
    std::string_view lines;
    std::size_t at;
  };
  constexpr std::size_t kNone = std::string_view::npos;
  const Case cases[] = {
      {"\"cart\"", "{\"a\":\"cart\"}", 5},       {"\"cart\"", "{\"a\":\"carts\"}", kNone},
      {"\"cart\"", "{\"a\":\"\\u0063art\"}", 6}, {"\"cart\"", "{\"a\":\"x\\ny\"}", kNone},
      {"\"cart\"", "{\"a\":\"x\\\\u\"}", kNone}, {"\"cart\"", "{\"a\":\"\\\\\\u0063\"}", 8},
      {"a/b", "{\"a\":\"a\\/b\"}", 7},           {"zz", "z", kNone},
  };
  for (const Case& one : cases) {
    INFO(one.lines);
    std::string padded(one.lines);
    padded.append(kScanPadding, 'z');
    const std::string_view lines = std::string_view(padded).substr(0, one.lines.size());
    const Needle needle{std::string(one.needle)};
    CHECK(needle.find(lines, 0) == one.at);
    CHECK(needle.find_plainly(lines, 0) == one.at);
  }
}
