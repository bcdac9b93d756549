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

// Four scopes in two resources, and a record for each index into them, with the times 1, 2, 3, ….
Batch interleaved_batch(Signal signal, std::initializer_list<std::uint32_t> scopes) {
  Batch batch = empty_batch(signal);
  batch.resources.resize(2);
  batch.scopes.resize(4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const KeyValue name = {"service.name", Value::string(i < 2 ? "cart" : "checkout")};
    batch.resources[i / 2].attributes =
        batch.arena->copy_array(std::span<const KeyValue>(&name, 1));
    batch.resources[i / 2].service = name.value.as_string();
    batch.scopes[i].resource = i / 2;
    batch.scopes[i].name = batch.arena->copy("scope " + std::to_string(i));
  }
  for (const std::uint32_t scope : scopes) {
    const RecordTime time = {static_cast<Timestamp>(batch.size() + 1), TimeSource::kSender};
    LogRow log;
    log.scope = scope;
    log.time = time;
    if (signal == Signal::kLogs) append_row(batch.logs, log);
    SpanRow span;
    span.scope = scope;
    span.time = time;
    if (signal == Signal::kSpans) append_row(batch.spans, span);
  }
  return batch;
}

std::vector<std::string> scope_names(const Batch& batch) {
  const auto& column = batch.signal == Signal::kLogs ? batch.logs.scope : batch.spans.scope;
  std::vector<std::string> names;
  for (const std::uint32_t scope : column) names.emplace_back(batch.scopes[scope].name);
  return names;
}

TEST_CASE("records keep their order, however services and scopes alternate", "[codec][otlp]") {
  const Signal signal = GENERATE(Signal::kLogs, Signal::kSpans);
  const Batch batch = interleaved_batch(signal, {2, 0, 1, 0, 3, 3, 2, 0, 2});
  const Batch again = decode(signal, encode_otlp_protobuf(batch));
  const auto& times = signal == Signal::kLogs ? again.logs.time : again.spans.time;
  CHECK(times == std::vector<Timestamp>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(scope_names(again) == scope_names(batch));
  const auto json = decode_otlp_json(signal, encode_otlp_json(batch), kReceived);
  REQUIRE(json);
  CHECK(scope_names(json->batch) == scope_names(batch));
  CHECK(encode_otlp_protobuf(json->batch) == encode_otlp_protobuf(batch));
}

TEST_CASE("a resource or scope that comes back in a request is the same one", "[codec][otlp]") {
  const Batch batch = interleaved_batch(Signal::kLogs, {2, 0, 1, 0, 3, 3, 2, 0, 2});
  const std::string request = encode_otlp_protobuf(batch);
  const Batch again = decode(Signal::kLogs, request);
  CHECK(again.wire == request);
  REQUIRE(again.resources.size() == 2);
  CHECK(again.resources[0].service == "checkout");
  CHECK(again.resources[1].service == "cart");
  CHECK(again.scopes.size() == 4);
  CHECK(find_difference(again, decode(Signal::kLogs, encode_otlp_protobuf(again))) == "");
}

TEST_CASE("what is told apart stays apart: schema, owner, bytes", "[codec][otlp]") {
  const auto scope = ProtobufMessage().bytes(1, ProtobufMessage().bytes(1, "s"sv)).bytes(2, ""sv);
  const auto scope_of_schema = ProtobufMessage(scope).bytes(3, "urn:1"sv);
  const auto resource = ProtobufMessage().varint(2, 1);
  const auto with_resource = [&](const ProtobufMessage& own) {
    return ProtobufMessage().bytes(1, own).bytes(2, scope).bytes(2, scope_of_schema);
  };
  const std::string request = ProtobufMessage()
                                  .bytes(1, with_resource(resource))
                                  .bytes(1, with_resource(ProtobufMessage().varint(2, 2)))
                                  .bytes(1, with_resource(resource).bytes(3, "urn:2"sv))
                                  .bytes(1, with_resource(resource));
  const Batch batch = decode(Signal::kLogs, request);
  CHECK(batch.resources.size() == 3);
  CHECK(batch.scopes.size() == 6);
  CHECK(batch.logs.scope == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 0, 1});
}

TEST_CASE("a resource without records is forgotten, and read when it has some", "[codec][otlp]") {
  const auto resource = ProtobufMessage().varint(2, 7);
  const auto empty = ProtobufMessage().bytes(1, resource).bytes(2, ""sv);
  const auto full = ProtobufMessage().bytes(1, resource).bytes(2, ProtobufMessage().bytes(2, ""sv));
  const Batch batch =
      decode(Signal::kLogs, ProtobufMessage().bytes(1, empty).bytes(1, full).bytes(1, empty));
  REQUIRE(batch.resources.size() == 1);
  CHECK(batch.resources[0].dropped_attributes_count == 7);
  CHECK(batch.scopes.size() == 1);
  CHECK(batch.size() == 1);
}

TEST_CASE("points keep their order, and metrics without points their place", "[codec][otlp]") {
  Batch batch = empty_batch(Signal::kMetrics);
  batch.metrics.metrics.resize(4);
  const char* const names[] = {"none before", "gauge", "none between", "sum"};
  for (std::size_t i = 0; i < 4; ++i) batch.metrics.metrics[i].name = names[i];
  batch.metrics.metrics[1].type = MetricType::kGauge;
  batch.metrics.metrics[3].type = MetricType::kSum;
  for (const std::uint32_t metric : {1u, 1u, 3u, 1u, 3u}) {
    PointRow row;
    row.time.time = static_cast<Timestamp>(batch.size() + 1);
    row.metric = metric;
    append_row(batch.metrics, row);
  }
  const Batch again = decode(Signal::kMetrics, encode_otlp_protobuf(batch));
  CHECK(again.metrics.time == std::vector<Timestamp>{1, 2, 3, 4, 5});
  std::string order;
  for (const Metric& metric : again.metrics.metrics) order.append(metric.name).append(";");
  CHECK(order == "none before;gauge;none between;sum;gauge;sum;");
  CHECK(find_difference(again, decode(Signal::kMetrics, encode_otlp_protobuf(again))) == "");
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
