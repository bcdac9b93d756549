#include <catch2/catch.hpp>

#include "libobs/codec/columns.h"
#include "libobs/codec/otlp.h"
#include "tests/support/random_batch.h"

using namespace obs;
using namespace obs::codec;
using model::Signal;

namespace {

// What comes out for what went in.
std::string canonical(Signal signal, std::string_view request) {
  const auto decoded = decode_otlp_json(signal, request, 1);
  REQUIRE(decoded);
  CHECK(decoded->rejected.count == 0);
  return encode_otlp_json(decoded->batch);
}

}  // namespace

TEST_CASE("OTLP JSON is written in its canonical form", "[codec][otlp_json]") {
  CHECK(canonical(Signal::kLogs, R"({"resource_logs":[{"scope_logs":[{"log_records":[{
          "time_unix_nano":12, "severity_number":"SEVERITY_NUMBER_INFO",
          "trace_id":"5B8EFFF798038103D269B633813FC60C",
          "body":{"bytesValue":"_-8"},
          "attributes":[{"key":"a","value":{"doubleValue":"NaN"}},
                        {"key":"b","value":{"int_value":-7}},
                        {"key":"c","value":{"doubleValue":2}},
                        {"key":"d"},
                        {"key":"e","value":{}}]}]}]}]})") ==
        R"({"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[)"
        R"({"timeUnixNano":"12","severityNumber":9,"body":{"bytesValue":"/+8="},"attributes":[)"
        R"({"key":"a","value":{"doubleValue":"NaN"}},{"key":"b","value":{"intValue":"-7"}},)"
        R"({"key":"c","value":{"doubleValue":2.0}},{"key":"d"},{"key":"e","value":{}}],)"
        R"("traceId":"5b8efff798038103d269b633813fc60c"}]}]}]})");

  CHECK(
      canonical(Signal::kMetrics, R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
          {"name":"h","histogram":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE",
           "dataPoints":[{"count":3,"sum":1,"bucketCounts":[1,"2"],"explicitBounds":["Infinity"]}]}},
          {"name":"s","sum":{"isMonotonic":true,"dataPoints":[{"asInt":9007199254740993}]}}
          ]}]}]})") ==
      R"({"resourceMetrics":[{"resource":{},"scopeMetrics":[{"scope":{},"metrics":[)"
      R"({"name":"h","histogram":{"dataPoints":[{"count":"3","sum":1.0,"bucketCounts":["1","2"],)"
      R"("explicitBounds":["Infinity"]}],"aggregationTemporality":2}},)"
      R"({"name":"s","sum":{"dataPoints":[{"asInt":"9007199254740993"}],"isMonotonic":true}}]}]}]})");
}

TEST_CASE("the canonical form is a fixed point", "[codec][otlp_json]") {
  for (const Signal signal : model::kSignals) {
    for (std::uint64_t seed = 900; seed < 920; ++seed) {
      const std::string once = encode_otlp_json(test::random_batch(signal, seed, 20));
      auto decoded = decode_otlp_json(signal, once, test::kRandomBatchReceived);
      REQUIRE(decoded);
      CHECK(encode_otlp_json(decoded->batch) == once);
    }
  }
}

TEST_CASE("records keep their order; a scope begins again where it comes back",
          "[codec][otlp_json]") {
  model::Batch batch;
  batch.signal = Signal::kSpans;
  batch.resources.assign(2, {});
  batch.scopes.assign(4, {});
  batch.scopes[0].name = "a";
  batch.scopes[1].name = "b";
  batch.scopes[1].resource = 1;
  batch.scopes[2].name = "c";
  batch.scopes[3].name = "unused";
  const std::pair<std::uint32_t, const char*> rows[] = {
      {1, "1"}, {0, "2"}, {0, "4"}, {2, "3"}, {1, "5"}};
  for (const auto& [scope, name] : rows) {
    SpanRow row;
    row.scope = scope;
    row.name = name;
    row.time.source = model::TimeSource::kReceived;
    append_row(batch.spans, row);
  }
  CHECK(
      encode_otlp_json(batch) ==
      R"({"resourceSpans":[)"
      R"({"resource":{},"scopeSpans":[{"scope":{"name":"b"},"spans":[{"name":"1"}]}]},)"
      R"({"resource":{},"scopeSpans":[{"scope":{"name":"a"},"spans":[{"name":"2"},{"name":"4"}]},)"
      R"({"scope":{"name":"c"},"spans":[{"name":"3"}]}]},)"
      R"({"resource":{},"scopeSpans":[{"scope":{"name":"b"},"spans":[{"name":"5"}]}]}]})");
}

TEST_CASE("an empty batch is an empty request", "[codec][otlp_json]") {
  model::Batch batch;
  batch.signal = Signal::kMetrics;
  CHECK(encode_otlp_json(batch) == R"({"resourceMetrics":[]})");
}
