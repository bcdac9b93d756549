#include "libobs/model/batch.h"

#include <catch2/catch.hpp>

#include "libobs/model/batch_memory.h"

namespace obs::model {
namespace {

// Logs at these times, with bodies "0", "1", … of one resource and scope.
Batch make_logs(std::initializer_list<Timestamp> times) {
  Batch batch;
  batch.resources.resize(1);
  batch.scopes.resize(1);
  LogColumns& logs = batch.logs;
  for (const Timestamp time : times) {
    const std::string_view body = batch.arena->copy(std::to_string(logs.size()));
    logs.time.push_back(time);
    logs.time_source.push_back(TimeSource::kSender);
    logs.observed_time.push_back(time + 1);
    logs.scope.push_back(0);
    logs.severity_number.push_back(static_cast<std::int32_t>(logs.size()));
    logs.severity_text.push_back(body);
    logs.body.push_back(Value::string(body));
    logs.event_name.push_back(body);
    logs.attributes.emplace_back();
    logs.dropped_attributes_count.push_back(0);
    logs.flags.push_back(1);
    logs.trace_id.emplace_back();
    logs.span_id.emplace_back();
  }
  return batch;
}

BatchId id_of(Batch batch) {
  assign_id(batch, batch.wire);
  return batch.id;
}

TEST_CASE("a retried request has the id of the first try", "[model][batch]") {
  Batch batch = make_logs({10, 20});
  batch.wire = "wire";
  const BatchId first = id_of(batch);
  batch.received = 99;
  CHECK(id_of(batch) == first);
  CHECK_FALSE(first.is_zero());
}

TEST_CASE("another project, signal or request has another id", "[model][batch]") {
  Batch batch = make_logs({10});
  batch.wire = "wire";
  const BatchId first = id_of(batch);
  Batch other = batch;
  other.project = "other";
  CHECK(id_of(other) != first);
  other = batch;
  other.wire = "more";
  CHECK(id_of(other) != first);
  other = batch;
  other.signal = Signal::kSpans;
  CHECK(id_of(other) != first);
}

TEST_CASE("equal batches whose times are ours, or that have no bytes, stay two", "[model][batch]") {
  Batch batch = make_logs({10, 20});
  CHECK(id_of(batch) != id_of(batch));
  batch.wire = "wire";
  batch.logs.time_source[1] = TimeSource::kReceived;
  CHECK(id_of(batch) != id_of(batch));
  batch.logs.time_source[1] = TimeSource::kObserved;
  CHECK(id_of(batch) == id_of(batch));
}

TEST_CASE("a batch spans its earliest to its latest time", "[model][batch]") {
  CHECK(time_range(make_logs({30, 10, 20})).min == 10);
  CHECK(time_range(make_logs({30, 10, 20})).max == 30);
  CHECK(time_range(Batch{}).min == 0);
  CHECK(time_range(Batch{}).max == 0);
  CHECK(make_logs({1, 2}).size() == 2);
}

TEST_CASE("selected rows keep every column in step", "[model][batch]") {
  Batch batch = make_logs({10, 20, 30, 40});
  batch.project = "shop";
  batch.received = 7;
  batch.wire = "wire";
  assign_id(batch, batch.wire);
  const std::uint32_t keep[] = {1, 3};
  const Batch some = select_rows(batch, keep);
  CHECK(some.size() == 2);
  CHECK(some.project == "shop");
  CHECK(some.received == 7);
  CHECK(some.wire.empty());
  CHECK(some.id.is_zero());
  CHECK(some.arena == batch.arena);
  CHECK(some.scopes.size() == 1);
  CHECK(some.logs.time == std::vector<Timestamp>{20, 40});
  CHECK(some.logs.observed_time == std::vector<Timestamp>{21, 41});
  CHECK(some.logs.severity_number == std::vector<std::int32_t>{2, 4});
  CHECK(some.logs.severity_text == std::vector<std::string_view>{"1", "3"});
  CHECK(some.logs.body[1] == Value::string("3"));
  CHECK(some.logs.event_name[0] == "1");
  CHECK(some.logs.time_source.size() == 2);
  CHECK(some.logs.scope.size() == 2);
  CHECK(some.logs.attributes.size() == 2);
  CHECK(some.logs.dropped_attributes_count.size() == 2);
  CHECK(some.logs.flags.size() == 2);
  CHECK(some.logs.trace_id.size() == 2);
  CHECK(some.logs.span_id.size() == 2);
}

TEST_CASE("selected spans and points come with all that belongs to them", "[model][batch]") {
  Batch spans;
  spans.signal = Signal::kSpans;
  SpanColumns& s = spans.spans;
  const SpanEvent event{5, "event", {}, 0};
  s.time = {1, 2};
  s.time_source.resize(2);
  s.duration = {10, 20};
  s.scope.resize(2);
  s.trace_id.resize(2);
  s.span_id.resize(2);
  s.parent_span_id.resize(2);
  s.name = {"a", "b"};
  s.kind = {1, 2};
  s.status_code = {0, 2};
  s.status_message = {"", "bad"};
  s.trace_state.resize(2);
  s.flags.resize(2);
  s.attributes.resize(2);
  s.events = {{}, {&event, 1}};
  s.links.resize(2);
  s.dropped_attributes_count.resize(2);
  s.dropped_events_count.resize(2);
  s.dropped_links_count = {0, 3};
  const std::uint32_t second[] = {1};
  const Batch one = select_rows(spans, second);
  REQUIRE(one.size() == 1);
  CHECK(one.spans.name[0] == "b");
  CHECK(one.spans.duration[0] == 20);
  CHECK(one.spans.status_message[0] == "bad");
  CHECK(one.spans.events[0].front().name == "event");
  CHECK(one.spans.dropped_links_count[0] == 3);

  Batch points;
  points.signal = Signal::kMetrics;
  MetricColumns& m = points.metrics;
  const Distribution distribution{};
  m.metrics.resize(2);
  m.time = {1, 2};
  m.time_source.resize(2);
  m.start_time = {0, 1};
  m.metric = {0, 1};
  m.attributes.resize(2);
  m.flags.resize(2);
  m.value = {Value::integer(4), Value()};
  m.distribution = {nullptr, &distribution};
  m.exemplars.resize(2);
  const Batch point = select_rows(points, second);
  REQUIRE(point.size() == 1);
  CHECK(point.metrics.metrics.size() == 2);
  CHECK(point.metrics.metric[0] == 1);
  CHECK(point.metrics.distribution[0] == &distribution);
}

TEST_CASE("no rows may be selected", "[model][batch]") {
  CHECK(select_rows(make_logs({1}), {}).size() == 0);
}

TEST_CASE("the service is the first service.name that is a string", "[model][batch]") {
  const KeyValue attributes[] = {{"host.name", Value::string("web")},
                                 {"service.name", Value::integer(4)},
                                 {"service.name", Value::string("cart")},
                                 {"service.name", Value::string("other")}};
  CHECK(find_service(attributes) == "cart");
  CHECK(find_service({}).empty());
}

TEST_CASE("a batch's memory is that of its arena and of its rows", "[model][batch]") {
  const Batch one = make_logs({1});
  Batch three = make_logs({1, 2, 3});
  CHECK(memory_bytes(one) > one.arena->bytes());
  CHECK(memory_bytes(three) - three.arena->bytes() > memory_bytes(one) - one.arena->bytes());
  const std::size_t before = memory_bytes(three);
  three.arena->adopt(std::string(100'000, 'x'));
  CHECK(memory_bytes(three) >= before + 100'000);
}

}  // namespace
}  // namespace obs::model
