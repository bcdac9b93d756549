// A decoder of lines as an object: its batches, what it holds, and what hostile lines leave behind.

#include "tests/support/dump.h"
#include "tests/unit/codec/ndjson_lines.h"

namespace obs::codec {

using model::Batch;
using model::Signal;

TEST_CASE("what was refused leaves nothing behind", "[codec][ndjson]") {
  NdjsonDecoder decoder;
  const std::string_view bad =
      R"({"signal":"metric","type":"gauge","value":1,"resource":{"a":1},"scope":{"name":2}})";
  for (int i = 0; i < 3; ++i) CHECK_FALSE(decoder.add_line(bad, kReceived));
  CHECK_FALSE(decoder.add_line(R"({"signal":"log","service":5})", kReceived));
  CHECK_FALSE(decoder.add_line(R"({"signal":"log","service":5})", kReceived));
  CHECK(decoder.size() == 0);
  CHECK(decoder.take().empty());
}

TEST_CASE("blank lines are nothing", "[codec][ndjson]") {
  NdjsonDecoder decoder({.strict = true});
  for (const std::string_view line : {"", "   ", "\t", "\r", " \r"}) {
    CHECK(decoder.add_line(line, kReceived));
  }
  CHECK(decoder.size() == 0);
  CHECK(decoder.take().empty());
}

TEST_CASE("resources, scopes and metrics that repeat are interned", "[codec][ndjson]") {
  const std::string_view a =
      R"({"signal":"metric","time":"2026-11-22T10:15:30Z","service":"a","name":"m","type":"gauge",)"
      R"("value":1,"resource":{"h":"\u0031"},"scope":{"name":"s"},"metadata":{"k":"\n"}})";
  const std::string_view b =
      R"({"signal":"metric","time":"2026-11-22T10:15:30Z","service":"b","name":"m","type":"gauge",)"
      R"("value":2,"resource":{"h":"\u0031"},"scope":{"name":"s"},"metadata":{"k":"\n"}})";
  const Batch batch = decode_one({a, a, b, a, b, b});
  CHECK(batch.resources.size() == 2);
  CHECK(batch.scopes.size() == 2);
  CHECK(batch.metrics.metrics.size() == 2);
  CHECK(batch.metrics.metric == std::vector<std::uint32_t>{0, 0, 1, 0, 1, 1});
  CHECK(batch.resources[1].service == "b");
  CHECK(batch.resources[1].attributes[1].value.as_string() == "1");
  CHECK(batch.metrics.metrics[0].metadata[0].value.as_string() == "\n");
}

TEST_CASE("each signal and project has a batch of its own", "[codec][ndjson]") {
  NdjsonDecoder decoder;
  for (const std::string_view line :
       {R"({"signal":"log","project":"a"})", R"({"signal":"log"})",
        R"({"signal":"log","project":"a"})", R"({"signal":"span"})", R"({"msg":"foreign"})"}) {
    CHECK(decoder.add_line(line, kReceived));
  }
  CHECK(decoder.size() == 5);
  const std::vector<Batch> batches = decoder.take();
  REQUIRE(batches.size() == 3);
  CHECK(batches[0].project == "a");
  CHECK(batches[0].size() == 2);
  CHECK(batches[1].project == "default");
  CHECK(batches[1].size() == 2);
  CHECK(batches[2].signal == Signal::kSpans);
  CHECK(batches[2].received == kReceived);
  CHECK(decoder.size() == 0);
  CHECK(decoder.take().empty());
}

TEST_CASE("a decoder begins anew after every take", "[codec][ndjson]") {
  NdjsonDecoder decoder;
  std::vector<Batch> kept;
  for (int i = 0; i < 100; ++i) {
    CHECK(decoder.add_line(kLog, kReceived));
    for (Batch& batch : decoder.take()) kept.push_back(std::move(batch));
  }
  REQUIRE(kept.size() == 100);
  for (const Batch& batch : kept) CHECK(test::first_difference(kept[0], batch) == "");
}

TEST_CASE("a decoder asked for every line stays small", "[codec][ndjson]") {
  NdjsonDecoder decoder;
  CHECK(decoder.add_line("hello", kReceived));
  CHECK(decoder.bytes() < 4096);
}

TEST_CASE("records read from a store carry their numbers", "[codec][ndjson]") {
  const Batch batch = decode_one({"one", "two"});
  std::string out;
  append_ndjson(out, batch, 41);
  CHECK(out.find(R"("seq":41})") != std::string::npos);
  CHECK(out.find(R"("seq":42})") != std::string::npos);
}

TEST_CASE("values nest as deep as OTLP's, and lines beyond are refused", "[codec][ndjson]") {
  const auto line = [](std::size_t depth) {
    return R"({"signal":"log","body":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  NdjsonDecoder decoder;
  CHECK(decoder.add_line(line(64), kReceived));
  const auto added = decoder.add_line(line(65), kReceived);
  REQUIRE_FALSE(added);
  CHECK(added.error().code == Errc::kLimitExceeded);
  CHECK_FALSE(decoder.add_line(line(2'000'000), kReceived));
  CHECK_FALSE(decoder.add_line(R"({"signal":"log","body":)" + std::string(2'000'000, '['), 1));
}

TEST_CASE("a line with any byte changed is a record, a body or an error", "[codec][ndjson]") {
  for (const std::string_view line : {kLog, kSpan, kHistogram, kExponential, kSummary}) {
    NdjsonDecoder decoder;
    std::size_t added = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      for (const char c : {'{', '}', '[', '"', '\\', ',', '9', '\0', '\xFF'}) {
        std::string changed(line);
        changed[at] = c;
        added += decoder.add_line(changed, kReceived).has_value() ? 1 : 0;
      }
    }
    CHECK(decoder.size() == added);
    std::string out;
    for (const Batch& batch : decoder.take()) append_ndjson(out, batch);
    CHECK_FALSE(out.empty());
  }
}

}  // namespace obs::codec
