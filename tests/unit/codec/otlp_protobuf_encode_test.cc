#include <limits>

#include <catch2/catch.hpp>

#include "libobs/codec/columns.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/otlp_protobuf.h"
#include "tests/unit/codec/batch_difference.h"
#include "tests/unit/codec/protobuf_message.h"
#include "tests/unit/codec/test_data.h"

namespace obs::codec {
namespace {

using namespace obs::model;
using namespace std::literals;

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;
constexpr Timestamp kLeast = std::numeric_limits<Timestamp>::min();
constexpr Timestamp kGreatest = std::numeric_limits<Timestamp>::max();

Batch decode(Signal signal, std::string request) {
  auto decoded = decode_otlp_protobuf(signal, std::move(request), kReceived);
  REQUIRE(decoded);
  return std::move(decoded->batch);
}

Batch empty_batch(Signal signal) {
  Batch batch;
  batch.signal = signal;
  batch.received = kReceived;
  batch.resources.resize(1);
  batch.scopes.resize(1);
  return batch;
}

TEST_CASE("what protobuf's own library wrote is encoded to the same bytes", "[codec][otlp]") {
  const auto [signal, file] = GENERATE(table<Signal, const char*>({
      {Signal::kLogs, "otlp/logs.pb"},
      {Signal::kLogs, "otlp/events.pb"},
      {Signal::kSpans, "otlp/trace.pb"},
      {Signal::kMetrics, "otlp/metrics.pb"},
      {Signal::kLogs, "otlp/every_field_logs.pb"},
      {Signal::kSpans, "otlp/every_field_spans.pb"},
      {Signal::kMetrics, "otlp/every_field_metrics.pb"},
  }));
  CAPTURE(file);
  const std::string request = read_test_data(file);
  const Batch batch = decode(signal, request);
  CHECK(batch.wire == request);
  const std::string encoded = encode_otlp_protobuf(batch);
  CHECK(encoded == request);
  CHECK(find_difference(batch, decode(signal, encoded)) == "");
}

TEST_CASE("records go by resource and scope and keep their order within", "[codec][otlp]") {
  Batch batch = empty_batch(Signal::kLogs);
  batch.resources.resize(2);
  batch.scopes.resize(4);
  batch.scopes[0].resource = 1;
  batch.scopes[2].resource = 1;  // Scopes 1 and 3 are of resource 0; 3 is without records.
  for (std::size_t i = 0; i < batch.scopes.size(); ++i) {
    batch.scopes[i].name = batch.arena->copy("scope " + std::to_string(i));
  }
  for (const std::uint32_t scope : {2u, 0u, 1u, 2u, 0u, 1u}) {
    LogRow row;
    row.time.time = static_cast<Timestamp>(batch.size() + 1);
    row.scope = scope;
    append_row(batch.logs, row);
  }
  const Batch again = decode(Signal::kLogs, encode_otlp_protobuf(batch));
  CHECK(again.logs.time == std::vector<Timestamp>{3, 6, 2, 5, 1, 4});
  REQUIRE(again.scopes.size() == 3);
  CHECK(again.scopes[0].name == "scope 1");
  CHECK(again.scopes[1].name == "scope 0");
  CHECK(again.scopes[2].name == "scope 2");
  CHECK(again.resources.size() == 2);
  CHECK(find_difference(again, decode(Signal::kLogs, encode_otlp_protobuf(again))) == "");
}

TEST_CASE("points go by metric", "[codec][otlp]") {
  Batch batch = empty_batch(Signal::kMetrics);
  batch.metrics.metrics.resize(3);
  batch.metrics.metrics[0].type = MetricType::kGauge;
  batch.metrics.metrics[1].type = MetricType::kSum;
  batch.metrics.metrics[2].name = "without points";
  for (const std::uint32_t metric : {1u, 0u, 1u, 0u}) {
    PointRow row;
    row.time.time = static_cast<Timestamp>(batch.size() + 1);
    row.metric = metric;
    append_row(batch.metrics, row);
  }
  const Batch again = decode(Signal::kMetrics, encode_otlp_protobuf(batch));
  CHECK(again.metrics.time == std::vector<Timestamp>{2, 4, 1, 3});
  CHECK(again.metrics.metrics[2].name == "without points");
}

TEST_CASE("times that we set are not passed on as the sender's", "[codec][otlp]") {
  Batch batch = empty_batch(Signal::kLogs);
  for (const RecordTime time :
       {RecordTime{5, TimeSource::kSender}, RecordTime{6, TimeSource::kObserved},
        RecordTime{7, TimeSource::kReceived}}) {
    LogRow row;
    row.time = time;
    row.observed_time = time.source == TimeSource::kObserved ? time.time : 0;
    append_row(batch.logs, row);
  }
  const std::string expected = ProtobufMessage().bytes(
      1, ProtobufMessage().bytes(1, ""sv).bytes(2, ProtobufMessage()
                                                       .bytes(1, ""sv)
                                                       .bytes(2, ProtobufMessage().fixed64(1, 5))
                                                       .bytes(2, ProtobufMessage().fixed64(11, 6))
                                                       .bytes(2, ""sv)));
  CHECK(encode_otlp_protobuf(batch) == expected);
}

// One record a signal that has this time.
Batch batch_with_time(Signal signal, RecordTime time) {
  Batch batch = empty_batch(signal);
  LogRow log;
  log.time = time;
  if (time.source == TimeSource::kObserved) log.observed_time = time.time;
  SpanRow span;
  span.time = time;
  span.duration = 250;
  PointRow point;
  point.time = time;
  switch (signal) {
    case Signal::kLogs: append_row(batch.logs, log); break;
    case Signal::kSpans: append_row(batch.spans, span); break;
    case Signal::kMetrics:
      batch.metrics.metrics.resize(1);
      batch.metrics.metrics[0].type = MetricType::kHistogram;
      static const Distribution kNothing;
      point.distribution = &kNothing;
      append_row(batch.metrics, point);
      break;
  }
  return batch;
}

TEST_CASE("between our own processes any time survives, with whose it is", "[codec][otlp]") {
  const Signal signal = GENERATE(Signal::kLogs, Signal::kSpans, Signal::kMetrics);
  const auto [time, source] = GENERATE(table<Timestamp, TimeSource>({
      {1, TimeSource::kSender},
      {-1, TimeSource::kSender},
      {kLeast, TimeSource::kSender},
      {kGreatest, TimeSource::kSender},
      {kReceived, TimeSource::kReceived},
      {kReceived - 1, TimeSource::kReceived},
      {-5, TimeSource::kReceived},
  }));
  const Batch batch = batch_with_time(signal, {time, source});
  auto again = decode_own_protobuf(signal, encode_own_protobuf(batch), kReceived);
  REQUIRE(again);
  CHECK(again->rejected.count == 0);
  CHECK(find_difference(batch, again->batch) == "");
}

TEST_CASE("a stranger cannot say when we received a record", "[codec][otlp]") {
  const Signal signal = GENERATE(Signal::kLogs, Signal::kSpans, Signal::kMetrics);
  const Batch ours = batch_with_time(signal, {5, TimeSource::kReceived});
  const Batch batch = decode(signal, encode_own_protobuf(ours));
  CHECK(time_range(batch).min == kReceived);
  // Nor pass it on through us to a process that would believe it.
  CHECK(batch.wire.empty());
}

TEST_CASE("the bytes of a batch are those it came from, if it has them", "[codec][otlp]") {
  const std::string unusual = request_of(ProtobufMessage().varint(99, 1).str());
  std::string scratch;
  CHECK(otlp_bytes(decode(Signal::kLogs, unusual), scratch) == unusual);
  CHECK(scratch.empty());

  Batch batch = decode(Signal::kLogs, unusual);
  batch.wire = {};
  CHECK(otlp_bytes(batch, scratch) == encode_otlp_protobuf(batch));
}

TEST_CASE("an empty batch is an empty request in protobuf", "[codec][otlp]") {
  CHECK(encode_otlp_protobuf(Batch{}).empty());
  CHECK(encode_otlp_protobuf(empty_batch(Signal::kSpans)).empty());
}

}  // namespace
}  // namespace obs::codec
