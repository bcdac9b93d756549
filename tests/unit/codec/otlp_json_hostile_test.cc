// What strangers send.

#include <catch2/catch.hpp>

#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "tests/support/random_batch.h"
#include "tests/unit/codec/otlp_json_request.h"

using namespace obs;
using namespace obs::codec;
using model::Signal;

namespace {

std::string nested_value(int depth) {
  std::string text;
  for (int i = 1; i < depth; ++i) text += R"({"arrayValue":{"values":[)";
  text += R"({"boolValue":true})";
  for (int i = 1; i < depth; ++i) text += "]}}";
  return text;
}

}  // namespace

TEST_CASE("values nest 64 deep and no deeper", "[codec][otlp_json]") {
  CHECK(body_of(nested_value(64)) != "values nested deeper than 64");
  CHECK(body_of(nested_value(65)) == "values nested deeper than 64");
  CHECK(body_of(nested_value(200)) == "values nested deeper than 64");
}

TEST_CASE("a request that is malformed fails whole, with its offset", "[codec][otlp_json]") {
  struct Bad {
    std::string_view request;
    std::size_t offset;
    std::string_view what;
  };
  const Bad cases[] = {
      {"", 0, "expected a value"},
      {"[]", 0, "expected an object"},
      {"null", 0, "expected an object"},
      {"{\"resourceLogs\":{}}", 16, "expected an array"},
      {"{\"resourceLogs\":[1]}", 17, "expected an object"},
      {"{\"resourceLogs\":[{\"scopeLogs\":7}]}", 30, "expected an array"},
      {"{\"resourceLogs\":[]", 18, "expected , or }"},
      {"{\"resourceLogs\":[]}x", 19, "expected the end of the document"},
      {"{\"unknown\":\"\\x\"}", 11, "bad escape in a string"},
      {"{\"unknown\":[1,]}", 14, "expected a value"},
      {"{\"unknown\":\"\xFF\"}", 12, "not UTF-8"},
      {"{\"unknown\":\"a", 11, "string without an end"},
  };
  for (const Bad& bad : cases) {
    INFO(bad.request);
    const auto decoded = decode_otlp_json(Signal::kLogs, bad.request, kReceived);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == Errc::kMalformed);
    CHECK(decoded.error().what == bad.what);
    CHECK(decoded.error().offset == bad.offset);
  }
}

TEST_CASE("a request cut at any byte is malformed", "[codec][otlp_json]") {
  for (const Signal signal : model::kSignals) {
    const std::string request = encode_otlp_json(test::random_batch(signal, 11, 2));
    REQUIRE(decode_otlp_json(signal, request, kReceived));
    for (std::size_t cut = 0; cut < request.size(); ++cut) {
      INFO(cut);
      REQUIRE_FALSE(decode_otlp_json(signal, std::string_view(request).substr(0, cut), kReceived));
    }
  }
}

TEST_CASE("a request with any byte changed is decoded or refused, never worse",
          "[codec][otlp_json]") {
  for (const Signal signal : model::kSignals) {
    const std::string request = encode_otlp_json(test::random_batch(signal, 12, 2));
    for (std::size_t at = 0; at < request.size(); ++at) {
      for (const char c : {'{', '}', '"', '\\', ',', '9', '\0', '\xFF'}) {
        std::string changed = request;
        changed[at] = c;
        const auto decoded = decode_otlp_json(signal, changed, kReceived);
        if (!decoded) continue;
        std::string lines;
        append_ndjson(lines, decoded->batch);
        CHECK(decoded->batch.size() + decoded->rejected.count == decoded->total);
      }
    }
  }
}

TEST_CASE("documents nest 1024 deep and no deeper", "[codec][otlp_json]") {
  const auto request = [](std::size_t depth) {
    return R"({"unknown":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(decode_otlp_json(Signal::kLogs, request(1023), kReceived));
  for (const std::size_t depth : {1024, 1'000'000}) {
    const auto decoded = decode_otlp_json(Signal::kLogs, request(depth), kReceived);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == Errc::kLimitExceeded);
  }
}

TEST_CASE("a request cannot take memory out of all proportion", "[codec][otlp_json]") {
  std::string records = "{}";
  for (int i = 0; i < 3'000'000; ++i) records += ",{}";
  const auto decoded = decode_otlp_json(Signal::kLogs, logs_request(records), kReceived);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == Errc::kLimitExceeded);

  std::string items = "{}";
  for (int i = 0; i < 1'100'000; ++i) items += ",{}";
  CHECK(body_of(R"({"arrayValue":{"values":[)" + items + "]}}") ==
        "more than 1048576 values in one record");
}

TEST_CASE("a lone surrogate is mended and counted", "[codec][otlp_json]") {
  const Decoded decoded = decode(
      Signal::kLogs, logs_request(R"({"body":{"stringValue":"x\ud800"},"severityText":"\udfff"})"));
  CHECK(decoded.batch.logs.body[0].as_string() == "x\xEF\xBF\xBD");
  CHECK(decoded.batch.logs.severity_text[0] == "\xEF\xBF\xBD");
  CHECK(decoded.batch.repaired_utf8 == 2);
}

TEST_CASE("a large request decodes like a small one, and leaves nothing behind",
          "[codec][otlp_json]") {
  std::string records;
  for (int i = 0; i < 60'000; ++i) {
    if (i > 0) records += ',';
    records += R"({"timeUnixNano":"1","body":{"stringValue":"a body of some length, to fill up"}})";
  }
  const Decoded large = decode(Signal::kLogs, logs_request(records));
  CHECK(large.batch.size() == 60'000);
  const Decoded small = decode(Signal::kLogs, logs_request("{}"));
  CHECK(small.batch.size() == 1);
  CHECK(large.batch.logs.body[59'999].as_string() == "a body of some length, to fill up");
}
