#include <catch2/catch.hpp>

#include "libobs/codec/ndjson.h"
#include "libobs/lang/parser.h"
#include "libobs/lang/redact.h"
#include "tests/unit/lang/redact_corpus.h"

namespace lang = obs::lang;
namespace codec = obs::codec;

namespace {

lang::Redactor make(std::string_view program) {
  auto parsed = lang::parse(program);
  REQUIRE(parsed);
  auto redactor = lang::Redactor::make(std::get<lang::RedactStage>(parsed->stages[0].node), "key");
  REQUIRE(redactor);
  return std::move(*redactor);
}

std::vector<obs::model::Batch> decode(std::string_view line) {
  codec::NdjsonDecoder decoder;
  if (!decoder.add_line(line, 1)) return {};
  return decoder.take();
}

std::string encode(const obs::model::Batch& batch) {
  std::string out;
  codec::append_ndjson(out, batch);
  return out;
}

}  // namespace

TEST_CASE("batches are redacted as the lines they are", "[lang][redact]") {
  for (const std::string mode : {"mask", "hash"}) {
    const auto all = make("redact all with " + mode);
    for (const auto& secret : obs::test::planted_secrets()) {
      for (const auto& [place, line] : obs::test::plant(secret.text)) {
        for (const auto& batch : decode(line)) {
          INFO(place << ": " << line);
          std::string expected;
          lang::RedactCounts of_line, of_batch;
          std::string as_line = encode(batch);
          as_line.pop_back();
          all.redact_line(as_line, expected, of_line);
          const auto redacted = all.redact(batch, of_batch);
          REQUIRE(redacted);
          CHECK(encode(*redacted) == expected + "\n");
          CHECK(of_batch.found == of_line.found);
          CHECK_FALSE(all.redact(*redacted, of_batch));
        }
      }
    }
  }
}

TEST_CASE("every place of every signal is redacted in a batch", "[lang][redact]") {
  const std::string_view lines[] = {
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","event_name":"a@b.de","severity_text":"a@b.de","body":{"x":["a@b.de"]},"scope":{"name":"a@b.de","version":"a@b.de","schema_url":"a@b.de","attributes":{"k":"a@b.de"}},"resource_schema_url":"a@b.de","project":"a@b.de"})",
      R"({"signal":"span","time":"2026-11-22T10:15:30.000000000Z","name":"a@b.de","status_message":"a@b.de","trace_state":"k=a@b.de","events":[{"name":"a@b.de","attributes":{"a@b.de":1}}],"links":[{"trace_id":"11111111111111111111111111111111","span_id":"1111111111111111","attributes":{"k":"a@b.de"}}]})",
      R"({"signal":"metric","type":"gauge","name":"a@b.de","unit":"a@b.de","description":"a@b.de","time":"2026-11-22T10:15:30.000000000Z","value":1,"attributes":{"k":"a@b.de"},"exemplars":[{"value":1,"filtered_attributes":{"k":"a@b.de"}}]})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","service":"a@b.de","resource":{"k":"a@b.de"}})",
  };
  const auto email = make("redact email");
  for (const std::string_view line : lines) {
    const auto batches = decode(line);
    REQUIRE(batches.size() == 1);
    lang::RedactCounts counts;
    const auto redacted = email.redact(batches[0], counts);
    REQUIRE(redacted);
    const std::string out = encode(*redacted);
    INFO(out);
    CHECK(out.find("a@b.de") == std::string::npos);
    CHECK(redacted->wire.empty());
  }
}

TEST_CASE("a batch without secrets is not copied", "[lang][redact]") {
  lang::RedactCounts counts;
  const auto batches = decode(R"({"level":30,"msg":"fine","n":17})");
  CHECK_FALSE(make("redact all").redact(batches.at(0), counts));
  CHECK(counts.total() == 0);
}

TEST_CASE("a batch drops the values that hold secrets", "[lang][redact]") {
  lang::RedactCounts counts;
  const auto batches = decode(R"({"msg":"a@b.de","user":"a@b.de","n":4111111111111111,"k":"v"})");
  const auto dropped = make("redact all with drop").redact(batches.at(0), counts);
  REQUIRE(dropped);
  CHECK(dropped->logs.body[0].kind() == obs::model::ValueKind::kNone);
  CHECK(encode(*dropped).find(R"("attributes":{"user":null,"n":null,"k":"v"})") !=
        std::string::npos);
  CHECK(counts.total() == 3);
}

TEST_CASE("a batch is redacted only in the fields that are named", "[lang][redact]") {
  lang::RedactCounts counts;
  const auto batches = decode(R"({"msg":"a@b.de","user":"a@b.de"})");
  const auto redacted = make("redact email in user").redact(batches.at(0), counts);
  REQUIRE(redacted);
  CHECK(encode(*redacted).find(R"("user":"[email]")") != std::string::npos);
  CHECK(encode(*redacted).find(R"("body":"a@b.de")") != std::string::npos);
}
