// OTLP → ndjson → OTLP is the identity, for every batch there can be.

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "libobs/base/text.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "tests/support/dump.h"
#include "tests/support/random_batch.h"

using namespace obs;
using namespace obs::codec;
using model::Batch;
using model::Signal;

namespace {

constexpr std::uint64_t kSeeds = 150;
constexpr std::size_t kRecords = 30;

std::string read_data(const std::string& name) {
  std::ifstream file(OBS_TEST_DATA "/otlp/" + name);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

// Through ndjson and back. Times that we gave are given again by the lines themselves.
Batch through_ndjson(const Batch& batch) {
  std::string lines;
  append_ndjson(lines, batch);
  NdjsonDecoder decoder;
  for (const std::string_view line : split(lines, '\n')) {
    const auto added = decoder.add_line(line, 1);
    INFO(line);
    if (!added) FAIL(added.error().what << " at " << added.error().offset);
  }
  std::vector<Batch> batches = decoder.take();
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].repaired_utf8 == 0);
  CHECK(batches[0].project == batch.project);
  return std::move(batches[0]);
}

Batch through_otlp_json(const Batch& batch) {
  const std::string request = encode_otlp_json(batch);
  auto decoded = decode_otlp_json(batch.signal, request, batch.received);
  INFO(request);
  if (!decoded) FAIL(decoded.error().what << " at " << decoded.error().offset);
  CHECK(decoded->rejected.count == 0);
  CHECK(decoded->batch.repaired_utf8 == 0);
  return std::move(decoded->batch);
}

Batch through_otlp_protobuf(const Batch& batch) {
  auto decoded = decode_otlp_protobuf(batch.signal, encode_otlp_protobuf(batch), batch.received);
  if (!decoded) FAIL(decoded.error().what);
  CHECK(decoded->rejected.count == 0);
  return std::move(decoded->batch);
}

}  // namespace

TEST_CASE("every batch comes back from ndjson as it went in", "[codec][ndjson][roundtrip]") {
  for (const Signal signal : model::kSignals) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const Batch batch = test::random_batch(signal, seed, kRecords);
      INFO("seed " << seed);
      REQUIRE(test::first_difference(batch, through_ndjson(batch)) == "");
    }
  }
}

TEST_CASE("every batch comes back from OTLP JSON as it went in", "[codec][otlp_json][roundtrip]") {
  for (const Signal signal : model::kSignals) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const Batch batch = test::random_batch(signal, seed, kRecords);
      INFO("seed " << seed);
      REQUIRE(test::first_difference(batch, through_otlp_json(batch)) == "");
    }
  }
}

TEST_CASE("OTLP to ndjson to OTLP is the identity, in protobuf and in JSON",
          "[codec][ndjson][roundtrip]") {
  for (const Signal signal : model::kSignals) {
    for (std::uint64_t seed = kSeeds; seed < 2 * kSeeds; ++seed) {
      const Batch sent = through_otlp_protobuf(test::random_batch(signal, seed, kRecords));
      Batch piped = through_ndjson(sent);
      piped.received = sent.received;
      INFO("seed " << seed);
      REQUIRE(test::first_difference(sent, through_otlp_protobuf(piped)) == "");
      REQUIRE(test::first_difference(sent, through_otlp_json(piped)) == "");
    }
  }
}

TEST_CASE("a line of a record is a fixed point", "[codec][ndjson][roundtrip]") {
  for (const Signal signal : model::kSignals) {
    const Batch batch = test::random_batch(signal, 7, 200);
    std::string once;
    append_ndjson(once, through_ndjson(batch));
    std::string twice;
    append_ndjson(twice, through_ndjson(through_ndjson(batch)));
    CHECK(once == twice);
  }
}

TEST_CASE("rows one by one are the lines of the batch", "[codec][ndjson]") {
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    const Batch batch = test::random_batch(signal, 3, 20);
    std::string whole;
    append_ndjson(whole, batch);
    std::string rows;
    for (std::size_t row = 0; row < batch.size(); ++row) append_ndjson_row(rows, batch, row);
    CHECK(rows == whole);
  }
}

TEST_CASE("the examples of opentelemetry-proto come back whole", "[codec][roundtrip]") {
  struct Example {
    const char* file;
    Signal signal;
    std::size_t records;
  };
  const Example examples[] = {{"logs.json", Signal::kLogs, 1},
                              {"events.json", Signal::kLogs, 1},
                              {"trace.json", Signal::kSpans, 1},
                              {"metrics.json", Signal::kMetrics, 4}};
  for (const Example& example : examples) {
    INFO(example.file);
    const auto decoded = decode_otlp_json(example.signal, read_data(example.file), 1);
    REQUIRE(decoded);
    CHECK(decoded->total == example.records);
    CHECK(decoded->rejected.count == 0);
    const Batch& batch = decoded->batch;
    CHECK(batch.resources.at(0).service == "my.service");
    CHECK(test::first_difference(batch, through_ndjson(batch)) == "");
    CHECK(test::first_difference(batch, through_otlp_json(batch)) == "");
    CHECK(test::first_difference(batch, through_otlp_protobuf(batch)) == "");
  }
}
