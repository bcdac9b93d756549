#include "cmd/obs-sim/recorder.h"

#include <fmt/format.h>

namespace obs::sim {
namespace {

using model::KeyValue;
using model::Value;

// W3C trace flags and what OTLP adds: bit 0 sampled, bit 8 "we know whether the parent is remote",
// bit 9 "it is".
constexpr std::uint32_t kSampled = 0x1;
constexpr std::uint32_t kKnowsRemote = 0x100;
constexpr std::uint32_t kIsRemote = 0x200;

constexpr std::int32_t kStatusError = 2;
// From a log call to the SDK's reading of the clock.
constexpr Duration kObservedAfter = 38 * kMicrosecond;

std::int32_t span_kind(const SpanFacts& facts) {
  constexpr std::int32_t kInternal = 1, kServer = 2, kClient = 3, kProducer = 4, kConsumer = 5;
  if (facts.calling) return kClient;
  switch (facts.operation->kind) {
    case OpKind::kHttpServer:
    case OpKind::kRpcServer: return kServer;
    case OpKind::kConsumer: return kConsumer;
    case OpKind::kProducer: return kProducer;
    case OpKind::kPostgres:
    case OpKind::kRedis:
    case OpKind::kThirdParty: return kClient;
    case OpKind::kInternal: break;
  }
  return kInternal;
}

Library library_of(const SpanFacts& facts) {
  if (facts.operation->kind == OpKind::kInternal) return Library::kApp;
  return is_served(facts.operation->kind) && !facts.calling ? Library::kServer : Library::kClient;
}

// A server's span is no error when the customer got the answer the customer deserved.
bool is_error(const SpanFacts& facts) {
  if (facts.fault.failure == Failure::kNone) return false;
  return facts.calling || !is_refusal(facts.fault.failure);
}

std::string_view span_name(const SpanFacts& facts) {
  const bool http = facts.operation->kind == OpKind::kHttpServer;
  return facts.calling && http ? facts.operation->method : facts.operation->name;
}

double milliseconds(Duration duration) { return static_cast<double>(duration) / kMillisecond; }

}  // namespace

void Recorder::record_span(const SpanFacts& facts) {
  Second& second = timeline_.at(facts.end);
  Arena& arena = *second.arena;
  codec::SpanRow row;
  row.time.time = facts.start;
  row.duration = facts.end - facts.start;
  row.scope = fleet_.scope(facts.place.at, facts.start, library_of(facts));
  row.trace_id = facts.place.trace_id;
  row.span_id = facts.place.span_id;
  row.parent_span_id = facts.parent;
  row.name = span_name(facts);
  row.kind = span_kind(facts);
  row.flags = kSampled | kKnowsRemote | (facts.remote_parent ? kIsRemote : 0);
  if (is_error(facts)) {
    row.status_code = kStatusError;
    row.status_message = facts.raised_here ? facts.fault.message : std::string_view();
  }
  scratch_.clear();
  append_span_attributes(scratch_, facts, arena);
  row.attributes = arena.copy_array<KeyValue>(scratch_);

  if (facts.link) {
    const model::SpanLink link{
        facts.link->trace_id, facts.link->span_id, {}, {}, 0, kSampled | kKnowsRemote | kIsRemote};
    row.links = arena.copy_array<model::SpanLink>({&link, 1});
  }
  if (facts.raised_here && !is_refusal(facts.fault.failure)) {
    const std::string_view stack = arena.copy(
        make_stack_trace(info(facts.place.at.service).language, *facts.operation, facts.fault));
    const KeyValue attributes[] = {{"exception.type", Value::string(facts.fault.type)},
                                   {"exception.message", Value::string(facts.fault.message)},
                                   {"exception.stacktrace", Value::string(stack)}};
    const auto copied = arena.copy_array<KeyValue>(attributes);
    const model::SpanEvent event{facts.end, "exception", copied, 0};
    row.events = arena.copy_array<model::SpanEvent>({&event, 1});
    record_log(facts.place, facts.end, 17, Value::string(facts.fault.message), copied);
  }
  second.spans.push_back(row);
  measure(facts);
}

void Recorder::measure(const SpanFacts& facts) {
  if (facts.calling) return;
  const Operation& operation = *facts.operation;
  Measurement one{Instrument::kHttpServerDuration,
                  facts.place.at,
                  operation.op,
                  0,
                  milliseconds(facts.end - facts.start) / 1000,
                  facts.end,
                  facts.place.trace_id,
                  facts.place.span_id};
  const auto add = [&](Instrument instrument, int code, double value, Timestamp time) {
    one.instrument = instrument;
    one.code = static_cast<std::uint16_t>(code);
    one.value = value;
    one.time = time;
    timeline_.at(time).measurements.push_back(one);
  };
  const Failure failure = facts.fault.failure;
  switch (operation.kind) {
    case OpKind::kHttpServer:
      add(Instrument::kHttpServerDuration, http_status(operation, failure), one.value, facts.end);
      add(Instrument::kActiveRequests, 0, 1, facts.start);
      add(Instrument::kActiveRequests, 0, -1, facts.end);
      break;
    case OpKind::kRpcServer:
      add(Instrument::kRpcServerDuration, grpc_code(failure), one.value * 1000, facts.end);
      break;
    case OpKind::kPostgres:
    case OpKind::kRedis:
      add(Instrument::kDatabaseDuration, failure != Failure::kNone, one.value, facts.end);
      break;
    case OpKind::kProducer: add(Instrument::kMessagesSent, 0, 1, facts.end); break;
    case OpKind::kConsumer:
      add(Instrument::kMessagesConsumed, failure != Failure::kNone, 1, facts.end);
      break;
    case OpKind::kThirdParty:
    case OpKind::kInternal: break;
  }
}

void Recorder::record_log(const Place& place, Timestamp time, int severity_number, Value body,
                          model::Attributes attributes, std::string_view event_name) {
  codec::LogRow row;
  row.time.time = time;
  row.observed_time = time + kObservedAfter;
  row.scope = fleet_.scope(place.at, time, Library::kApp);
  row.severity_number = severity_number;
  // 5, 9, 13 and 17 are the first numbers of OTLP's ranges from debug to error.
  const auto level = static_cast<std::size_t>(severity_number - 5) / 4;
  row.severity_text = language_of(place.at.service).severities[level];
  row.body = body;
  row.event_name = event_name;
  row.attributes = attributes;
  row.trace_id = place.trace_id;
  row.span_id = place.span_id;
  row.flags = place.trace_id.is_zero() ? 0 : kSampled;
  timeline_.at(time).logs.push_back(row);
}

}  // namespace obs::sim
