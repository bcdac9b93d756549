#include <catch2/catch.hpp>

#include "libobs/codec/otlp.h"
#include "tests/support/dump.h"
#include "tests/unit/codec/otlp_json_request.h"

using namespace obs;
using namespace obs::codec;
using model::Batch;
using model::Signal;
using model::TimeSource;

namespace {

// Why the only record of a request was refused.
std::string refusal(Signal signal, const std::string& request) {
  const Decoded decoded = decode(signal, request);
  CHECK(decoded.total == 1);
  CHECK(decoded.batch.size() == 0);
  CHECK(decoded.batch.resources.empty());
  CHECK(decoded.batch.scopes.empty());
  if (decoded.rejected.count != 1) return "kept";
  return std::string(decoded.rejected.first[0].reason);
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

}  // namespace

TEST_CASE("empty envelopes are fine and hold nothing", "[codec][otlp_json]") {
  const std::string_view requests[] = {
      "{}",
      R"({"resourceLogs":[]})",
      R"({"resourceLogs":null})",
      R"({"resourceLogs":[{}]})",
      R"({"resourceLogs":[null,{"resource":null,"scopeLogs":null,"schemaUrl":null}]})",
      R"({"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[]}]}]})",
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}],"unknown":[{"a":[1,{}]}]})",
  };
  for (const std::string_view request : requests) {
    INFO(request);
    const Decoded decoded = decode(Signal::kLogs, request);
    CHECK(decoded.total == 0);
    CHECK(decoded.batch.size() == 0);
    CHECK(decoded.batch.resources.empty());
    CHECK(decoded.batch.scopes.empty());
  }
}

TEST_CASE("keys come in any order at every level", "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kMetrics, R"({"resourceMetrics":[{
    "scopeMetrics":[{
      "schemaUrl":"scope-schema",
      "metrics":[{
        "sum":{"isMonotonic":true,
               "dataPoints":[{"asInt":"3","attributes":[{"value":{"stringValue":"v"},"key":"k"}],
                              "timeUnixNano":"5","startTimeUnixNano":4}],
               "aggregationTemporality":2},
        "unit":"1","name":"late"}],
      "scope":{"version":"2","name":"lib"}}],
    "schemaUrl":"resource-schema",
    "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]})");
  const Batch& batch = decoded.batch;
  REQUIRE(batch.size() == 1);
  CHECK(batch.resources.at(0).service == "shop");
  CHECK(batch.resources[0].schema_url == "resource-schema");
  CHECK(batch.scopes.at(0).name == "lib");
  CHECK(batch.scopes[0].schema_url == "scope-schema");
  const model::Metric& metric = batch.metrics.metrics.at(0);
  CHECK(metric.name == "late");
  CHECK(metric.type == model::MetricType::kSum);
  CHECK(metric.temporality == 2);
  CHECK(metric.is_monotonic);
  CHECK(batch.metrics.time[0] == 5);
  CHECK(batch.metrics.start_time[0] == 4);
  CHECK(batch.metrics.value[0].as_int() == 3);
  CHECK(batch.metrics.attributes[0][0].key == "k");
}

TEST_CASE("unknown keys are ignored at every depth", "[codec][otlp_json]") {
  const std::string plain = R"({"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":
    {"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"b","value":{"intValue":1}}]}}]}}}]},
    "scopeLogs":[{"scope":{"name":"s"},"logRecords":[{"timeUnixNano":"1"}]}]}]})";
  std::string crowded;
  for (const char c : plain) {
    crowded += c;
    if (c == '{') crowded += R"("x":[1,{"resource":{}},"y"],"z_z":{"a":null},)";
  }
  // An object must not end in a comma: none of ours is empty.
  const Decoded a = decode(Signal::kLogs, plain);
  const Decoded b = decode(Signal::kLogs, crowded);
  CHECK(a.batch.size() == 1);
  CHECK(test::first_difference(a.batch, b.batch) == "");
}

TEST_CASE("snake_case keys and names of enums are understood", "[codec][otlp_json]") {
  const Decoded decoded =
      decode(Signal::kSpans, R"({"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":
      "5b8efff798038103d269b633813fc60c","start_time_unix_nano":"10","end_time_unix_nano":"30",
      "kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}}]}]}]})");
  const auto& spans = decoded.batch.spans;
  REQUIRE(spans.size() == 1);
  CHECK(to_hex(spans.trace_id[0]) == "5b8efff798038103d269b633813fc60c");
  CHECK(spans.time[0] == 10);
  CHECK(spans.duration[0] == 20);
  CHECK(spans.kind[0] == 2);
  CHECK(spans.status_code[0] == 2);
}

TEST_CASE("what SDKs sent before scopes had that name is understood", "[codec][otlp_json]") {
  struct Old {
    Signal signal;
    const char* request;
  };
  for (const Old& old :
       {Old{Signal::kLogs, R"({"resourceLogs":[{"instrumentationLibraryLogs":[{
          "instrumentationLibrary":{"name":"lib","version":"1"},"logRecords":[{}]}]}]})"},
        Old{Signal::kSpans, R"({"resourceSpans":[{"instrumentationLibrarySpans":[{
          "spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}],
          "instrumentationLibrary":{"name":"lib","version":"1"}}]}]})"},
        Old{Signal::kMetrics, R"({"resourceMetrics":[{"instrumentationLibraryMetrics":[{
          "instrumentationLibrary":{"name":"lib","version":"1"},
          "metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":1}]}}]}]}]})"}}) {
    const Decoded decoded = decode(old.signal, old.request);
    REQUIRE(decoded.batch.size() == 1);
    CHECK(decoded.batch.scopes.at(0).name == "lib");
    CHECK(decoded.batch.scopes.at(0).version == "1");
  }
}

TEST_CASE("integers of OTLP before 0.9 stay integers, whole", "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kMetrics, metrics_request(R"(
      {"name":"a","intSum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[
        {"value":"9007199254740993","exemplars":[
          {"value":"-7","filteredLabels":[{"key":"k","value":"v"}]}]}]}},
      {"name":"b","intHistogram":{"dataPoints":[{"count":"3","sum":"-6","bucketCounts":["3"]}]}},
      {"name":"c","doubleGauge":{"dataPoints":[{"value":1}]}})"));
  const model::MetricColumns& points = decoded.batch.metrics;
  REQUIRE(points.size() == 3);
  CHECK(test::dump_value(points.value.at(0)) ==
        test::dump_value(model::Value::integer(9'007'199'254'740'993)));
  REQUIRE(points.exemplars.at(0).size() == 1);
  CHECK(test::dump_value(points.exemplars.at(0)[0].value) ==
        test::dump_value(model::Value::integer(-7)));
  CHECK(points.exemplars.at(0)[0].filtered_attributes[0].value.as_string() == "v");
  CHECK(points.distribution.at(1)->sum == -6.0);
  CHECK(test::dump_value(points.value.at(2)) == test::dump_value(model::Value::number(1)));
}

TEST_CASE("points of OTLP before 0.9 are understood", "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kMetrics, metrics_request(R"(
      {"name":"a","doubleSum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[
        {"labels":[{"key":"k","value":"v"}],"value":1,"timeUnixNano":5}]}},
      {"name":"b","intGauge":{"dataPoints":[{"attributes":[{"key":"k","value":{"intValue":7}}],
                                             "labels":[],"value":"2"}]}},
      {"name":"c","doubleHistogram":{"dataPoints":[{"labels":[{"key":"le","value":"x"}],
                                     "count":3,"sum":6,"bucketCounts":[1,2],"explicitBounds":[1]}]}},
      {"name":"d","intSum":{"dataPoints":[{"labels":[{"key":"k","value":7}],"value":1}]}})"));
  const model::MetricColumns& points = decoded.batch.metrics;
  REQUIRE(points.size() == 3);
  CHECK(points.metrics.at(0).type == model::MetricType::kSum);
  CHECK(points.metrics.at(0).is_monotonic);
  CHECK(test::dump_value(points.value.at(0)) == test::dump_value(model::Value::number(1)));
  CHECK(test::dump_value(points.value.at(1)) == test::dump_value(model::Value::integer(2)));
  CHECK(points.distribution.at(2)->count == 3);
  const auto attributes = [&](std::size_t point) {
    return test::dump_value(model::Value::map(points.attributes.at(point)));
  };
  CHECK(attributes(0) == R"({ "k"="v" })");
  CHECK(attributes(1) == R"({ "k"=7 })");
  CHECK(attributes(2) == R"({ "le"="x" })");
  REQUIRE(decoded.rejected.count == 1);
  CHECK(decoded.rejected.first.at(0).reason == "label is not a string");
}

TEST_CASE("enums come as numbers, names or numbers in strings", "[codec][otlp_json]") {
  const auto severity = [](std::string_view text) {
    const Decoded decoded =
        decode(Signal::kLogs, logs_request(R"({"severityNumber":)" + std::string(text) + "}"));
    return decoded.rejected.count > 0 ? -1 : decoded.batch.logs.severity_number.at(0);
  };
  CHECK(severity("9") == 9);
  CHECK(severity("\"SEVERITY_NUMBER_INFO\"") == 9);
  CHECK(severity("\"SEVERITY_NUMBER_FATAL4\"") == 24);
  CHECK(severity("\"SEVERITY_NUMBER_UNSPECIFIED\"") == 0);
  CHECK(severity("null") == 0);
  CHECK(severity("1000") == 1000);
  CHECK(severity("\"INFO\"") == -1);
  CHECK(severity("true") == -1);
  CHECK(severity("99999999999") == -1);
  const Decoded metrics = decode(
      Signal::kMetrics,
      metrics_request(
          R"({"name":"m","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}})"));
  CHECK(metrics.batch.metrics.metrics.at(0).temporality == 1);
}

TEST_CASE("an AnyValue may be anything", "[codec][otlp_json]") {
  const Case cases[] = {
      {"null", "none"},
      {"{}", "empty"},
      {R"({"stringValue":null})", "empty"},
      {R"({"stringValue":""})", R"("")"},
      {R"({"stringValue":"a\u0000\"\ud83d\ude80"})", "\"a\\u0000\\\"\xF0\x9F\x9A\x80\""},
      {R"({"boolValue":false})", "false"},
      {R"({"intValue":"-9223372036854775808"})", "-9223372036854775808"},
      {R"({"intValue":9223372036854775807})", "9223372036854775807"},
      {R"({"intValue":1e3})", "1000"},
      {R"({"intValue":"18446744073709551615"})", "1.8446744073709552e+19#43f0000000000000"},
      {R"({"intValue":18446744073709551615})", "1.8446744073709552e+19#43f0000000000000"},
      {R"({"doubleValue":1})", "1#3ff0000000000000"},
      {R"({"doubleValue":"NaN"})", "nan#7ff8000000000000"},
      {R"({"doubleValue":"Infinity"})", "inf#7ff0000000000000"},
      {R"({"doubleValue":"-Infinity"})", "-inf#fff0000000000000"},
      {R"({"doubleValue":"-0.5"})", "-0.5#bfe0000000000000"},
      {R"({"bytesValue":"AQI="})", "0x0102"},
      {R"({"bytesValue":""})", "0x"},
      {R"({"arrayValue":{}})", "[ ]"},
      {R"({"arrayValue":{"values":[{},null,{"intValue":1},{"stringValue":"x"}]}})",
       R"([ empty empty 1 "x" ])"},
      {R"({"kvlistValue":{}})", "{ }"},
      {R"({"kvlistValue":{"values":[{"key":"k"},{"key":"k","value":{}},{}]}})",
       R"({ "k"=none "k"=empty ""=none })"},
      {R"({"stringValue":"first","intValue":"2"})", "2"},
      {R"({"stringValue":5})", "stringValue is not a string"},
      {R"({"boolValue":"true"})", "boolValue is not a boolean"},
      {R"({"intValue":"twelve"})", "intValue is not an integer"},
      {R"({"intValue":{}})", "intValue is not an integer"},
      {R"({"doubleValue":"many"})", "doubleValue is not a number"},
      {R"({"bytesValue":"?"})", "bytesValue is not base64"},
      {R"({"arrayValue":[]})", "arrayValue is not an object"},
      {R"({"arrayValue":{"values":{}}})", "values is not an array"},
      {R"({"kvlistValue":{"values":[1]}})", "attribute is not an object"},
      {R"("text")", "AnyValue is not an object"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(body_of(c.text) == c.expected);
  }
}

TEST_CASE("a record that cannot be kept is refused, and its neighbours stay",
          "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kLogs, logs_request(R"(
      {"body":{"stringValue":"a"}},
      {"traceId":"abc"},
      {"body":{"stringValue":"b"}},
      {"timeUnixNano":"18446744073709551615"},
      17,
      {"body":{"stringValue":"c"}})"));
  CHECK(decoded.total == 6);
  CHECK(decoded.batch.size() == 3);
  CHECK(decoded.rejected.count == 3);
  CHECK(decoded.rejected.message(decoded.total) ==
        "3 of 6 records refused: #1: traceId is not 32 hex digits; #3: timeUnixNano is no time up "
        "to 2262; #4: log record is not an object");
  CHECK(decoded.batch.logs.body[2].as_string() == "c");
}

TEST_CASE("each field says why it cannot be kept", "[codec][otlp_json]") {
  const Case logs[] = {
      {R"({"timeUnixNano":-1})", "timeUnixNano is no time up to 2262"},
      {R"({"timeUnixNano":"x"})", "timeUnixNano is no time up to 2262"},
      {R"({"timeUnixNano":1.5})", "timeUnixNano is no time up to 2262"},
      {R"({"timeUnixNano":{}})", "timeUnixNano is no time up to 2262"},
      {R"({"observedTimeUnixNano":"9223372036854775808"})",
       "observedTimeUnixNano is no time up to 2262"},
      {R"({"severityText":1})", "severityText is not a string"},
      {R"({"attributes":{}})", "attributes are not an array"},
      {R"({"attributes":[{"key":1}]})", "key is not a string"},
      {R"({"droppedAttributesCount":4294967296})", "droppedAttributesCount is not a uint32"},
      {R"({"flags":-1})", "flags are not a uint32"},
      {R"({"spanId":"5b8efff798038103d269b633813fc60c"})", "spanId is not 16 hex digits"},
      {R"({"spanId":"zz19b7ec3c1b1740"})", "spanId is not 16 hex digits"},
      {R"({"traceId":12})", "traceId is not 32 hex digits"},
      {R"({"eventName":[]})", "eventName is not a string"},
  };
  for (const Case& c : logs) {
    INFO(c.text);
    CHECK(refusal(Signal::kLogs, logs_request(c.text)) == c.expected);
  }
  const Case spans[] = {
      {R"({"parentSpanId":"1"})", "parentSpanId is not 16 hex digits"},
      {R"({"kind":"SERVER"})", "kind is no span kind"},
      {R"({"status":1})", "status is not an object"},
      {R"({"events":[3]})", "event is not an object"},
      {R"({"events":[{"timeUnixNano":"-3"}]})", "event timeUnixNano is no time up to 2262"},
      {R"({"links":[{"traceId":"00"}]})", "traceId is not 32 hex digits"},
      {R"({"links":{}})", "links are not an array"},
  };
  for (const Case& c : spans) {
    INFO(c.text);
    CHECK(refusal(Signal::kSpans, spans_request(c.text)) == c.expected);
  }
  const Case points[] = {
      {R"({"gauge":{"dataPoints":[{"asDouble":"x"}]}})", "asDouble is not a number"},
      {R"({"gauge":{"dataPoints":[{"exemplars":[{"spanId":"1"}]}]}})",
       "spanId of an exemplar is not 16 hex digits"},
      {R"({"histogram":{"dataPoints":[{"bucketCounts":["-1"]}]}})",
       "bucketCounts is not an array of uint64"},
      {R"({"histogram":{"dataPoints":[{"explicitBounds":[null]}]}})",
       "explicitBounds item is not a number"},
      {R"({"exponentialHistogram":{"dataPoints":[{"scale":"x"}]}})", "scale is not an int32"},
      {R"({"summary":{"dataPoints":[{"quantileValues":[{"value":[]}]}]}})",
       "quantile is not a number"},
      {R"({"name":3,"gauge":{"dataPoints":[{}]}})", "metric name is not a string"},
      {R"({"gauge":{"dataPoints":[{}]},"sum":{}})", "metric has more than one kind of data"},
  };
  for (const Case& c : points) {
    INFO(c.text);
    CHECK(refusal(Signal::kMetrics, metrics_request(c.text)) == c.expected);
  }
}

TEST_CASE("what is wrong with a resource or scope refuses all its records, in any order",
          "[codec][otlp_json]") {
  const std::string_view bad_resources[] = {
      R"("resource":{"attributes":1},"scopeLogs":[{"logRecords":[{},{}]}])",
      R"("scopeLogs":[{"logRecords":[{},{}]}],"resource":{"attributes":1})",
      R"("scopeLogs":[{"logRecords":[{},{}],"scope":{"name":1}}])",
      R"("scopeLogs":[{"schemaUrl":2,"logRecords":[{},{}]}])",
      R"("resource":[],"scopeLogs":[{"logRecords":[{},{"traceId":"1"}]}])",
  };
  for (const std::string_view bad : bad_resources) {
    INFO(bad);
    const Decoded decoded =
        decode(Signal::kLogs, R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]},{)" +
                                  std::string(bad) + R"(},{"scopeLogs":[{"logRecords":[{}]}]}]})");
    CHECK(decoded.total == 4);
    CHECK(decoded.batch.size() == 2);
    CHECK(decoded.rejected.count == 2);
    REQUIRE(decoded.rejected.first.size() == 2);
    CHECK(decoded.rejected.first[0].index == 1);
    CHECK(decoded.rejected.first[1].index == 2);
    CHECK(decoded.batch.resources.size() == 2);
    CHECK(decoded.batch.scopes.size() == 2);
    CHECK(decoded.batch.logs.scope[1] == 1);
  }
}

TEST_CASE("points that are refused leave their metric's neighbours in place",
          "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kMetrics, metrics_request(R"(
      {"name":"a","gauge":{"dataPoints":[{"asInt":"1"},{"flags":-1},{"asInt":"2"}]}},
      {"name":"b","gauge":{"dataPoints":[{"flags":-1}]}},
      {"unit":0,"name":"c","gauge":{"dataPoints":[{"asInt":"3"}]}},
      {"name":"d","gauge":{}},
      {"name":"e","gauge":{"dataPoints":[{"asInt":"4"}]}})"));
  CHECK(decoded.total == 6);
  CHECK(decoded.rejected.count == 3);
  const auto& points = decoded.batch.metrics;
  REQUIRE(points.metrics.size() == 3);
  CHECK(points.metrics[0].name == "a");
  CHECK(points.metrics[1].name == "d");
  CHECK(points.metrics[2].name == "e");
  REQUIRE(points.size() == 3);
  CHECK(points.metric[1] == 0);
  CHECK(points.metric[2] == 2);
  CHECK(points.value[2].as_int() == 4);
}

TEST_CASE("a record without a time gets its observed time, or ours", "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kLogs, logs_request(R"(
      {"timeUnixNano":"5","observedTimeUnixNano":"6"},
      {"timeUnixNano":"0","observedTimeUnixNano":"6"},
      {})"));
  const auto& logs = decoded.batch.logs;
  CHECK(logs.time == std::vector<Timestamp>{5, 6, kReceived});
  CHECK(logs.time_source ==
        std::vector<TimeSource>{TimeSource::kSender, TimeSource::kObserved, TimeSource::kReceived});
  CHECK(encode_otlp_json(decoded.batch) ==
        R"({"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[)"
        R"({"timeUnixNano":"5","observedTimeUnixNano":"6"},{"observedTimeUnixNano":"6"},{}]}]}]})");
}

TEST_CASE("ids are hex of either case, and empty ones are absent", "[codec][otlp_json]") {
  const Decoded decoded = decode(Signal::kLogs, logs_request(R"(
      {"traceId":"5B8EFFF798038103d269b633813fc60c","spanId":"EEE19B7EC3C1B174"},
      {"traceId":"","spanId":null})"));
  CHECK(to_hex(decoded.batch.logs.trace_id.at(0)) == "5b8efff798038103d269b633813fc60c");
  CHECK(to_hex(decoded.batch.logs.span_id.at(0)) == "eee19b7ec3c1b174");
  CHECK(decoded.batch.logs.trace_id.at(1).is_zero());
}
