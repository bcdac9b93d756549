#include "libobs/codec/zipkin_batch.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libobs/base/text.h"

namespace obs::codec {

using model::KeyValue;
using model::Value;

namespace {

// Of one span; far above any real one.
constexpr std::size_t kMaxItems = 4096;
constexpr std::int64_t kMostMicroseconds = std::numeric_limits<Timestamp>::max() / kMicrosecond;

constexpr std::int32_t kStatusOk = 1;
constexpr std::int32_t kStatusError = 2;

constexpr std::string_view kResourcePrefixes[] = {"service.",   "telemetry.", "host.",
                                                  "os.",        "process.",   "k8s.",
                                                  "container.", "cloud.",     "deployment."};

bool is_of_resource(std::string_view key) {
  return std::any_of(std::begin(kResourcePrefixes), std::end(kResourcePrefixes),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

// A span's tags by what OTLP has for them.
class Sorter {
 public:
  Sorter(const ZipkinSpan& span, SpanRow& row) : row_(row) {
    if (!span.local.service.empty()) resource.push_back({"service.name", text(span.local.service)});
    for (const KeyValue& tag : span.tags) sort(tag);
    add_endpoint(span.remote, "peer.service", "network.peer.address", "network.peer.port");
    add_endpoint({{}, span.local.address, span.local.port}, {}, "network.local.address",
                 "network.local.port");
    if (span.shared) attributes.push_back({"zipkin.shared", Value::boolean(true)});
    if (span.debug) attributes.push_back({"zipkin.debug", Value::boolean(true)});
  }

  std::vector<KeyValue> resource;
  std::vector<KeyValue> attributes;
  std::string_view scope_name;
  std::string_view scope_version;

 private:
  static Value text(std::string_view text) { return Value::string(text); }

  void sort(const KeyValue& tag) {
    if (tag.value.is_string() && take_known(tag.key, tag.value.as_string())) return;
    if (!is_of_resource(tag.key)) return attributes.push_back(tag);
    // The endpoint's name may have been lowered; what the resource says is the service's own.
    if (tag.key == "service.name") std::erase_if(resource, is_service_name);
    resource.push_back(tag);
  }

  static bool is_service_name(const KeyValue& entry) { return entry.key == "service.name"; }

  bool take_known(std::string_view key, std::string_view value) {
    if (key == "error") return take_error(value);
    if (key == "otel.status_code") return take_status(value);
    if (key == "otel.status_description") return take(row_.status_message, value);
    if (key == "otel.scope.name" || key == "otel.library.name") return take(scope_name, value);
    if (key == "otel.scope.version" || key == "otel.library.version")
      return take(scope_version, value);
    return false;
  }

  static bool take(std::string_view& out, std::string_view value) {
    out = value;
    return true;
  }

  bool take_error(std::string_view value) {
    row_.status_code = kStatusError;
    if (row_.status_message.empty() && value != "true") row_.status_message = value;
    return true;
  }

  bool take_status(std::string_view value) {
    const bool ok = equals_ignore_case(value, "ok");
    if (!ok && !equals_ignore_case(value, "error")) return false;
    row_.status_code = ok ? kStatusOk : kStatusError;
    return true;
  }

  void add_endpoint(const ZipkinEndpoint& endpoint, std::string_view service,
                    std::string_view address, std::string_view port) {
    if (!endpoint.service.empty()) attributes.push_back({service, text(endpoint.service)});
    if (!endpoint.address.empty()) attributes.push_back({address, text(endpoint.address)});
    if (endpoint.port != 0) attributes.push_back({port, Value::integer(endpoint.port)});
  }

  SpanRow& row_;
};

}  // namespace

void ZipkinSpan::clear() {
  auto events = std::move(annotations);
  auto entries = std::move(tags);
  events.clear();
  entries.clear();
  *this = {};
  annotations = std::move(events);
  tags = std::move(entries);
}

void ZipkinSpan::set_time(std::int64_t microseconds) {
  if (microseconds < 0 || microseconds > kMostMicroseconds)
    return refuse("the timestamp is not between 1970 and 2262");
  time = microseconds * kMicrosecond;
}

void ZipkinSpan::set_duration(std::int64_t microseconds) {
  if (microseconds < 0 || microseconds > kMostMicroseconds)
    return refuse("the duration is not between 0 and 292 years");
  duration = microseconds * kMicrosecond;
}

void ZipkinSpan::annotate(std::int64_t microseconds, std::string_view text) {
  if (microseconds < 0 || microseconds > kMostMicroseconds)
    return refuse("an annotation's timestamp is not between 1970 and 2262");
  if (annotations.size() == kMaxItems) return refuse("more than 4096 annotations");
  model::SpanEvent event;
  event.time = microseconds * kMicrosecond;
  event.name = text;
  annotations.push_back(event);
}

void ZipkinSpan::tag(std::string_view key, Value value) {
  if (tags.size() == kMaxItems) return refuse("more than 4096 tags");
  tags.push_back({key, value});
}

void add_zipkin_span(const ZipkinSpan& span, RequestBatch& batch) {
  if (!span.refusal.empty()) return batch.refuse(span.refusal);
  if (span.trace_id.is_zero()) return batch.refuse("traceId is not 1 to 32 hex digits");
  if (span.id.is_zero()) return batch.refuse("id is not 1 to 16 hex digits");
  SpanRow row;
  row.time = resolve_time(span.time, 0, batch.received());
  row.duration = span.duration;
  row.trace_id = span.trace_id;
  row.span_id = span.id;
  row.parent_span_id = span.parent_id;
  row.name = span.name;
  row.kind = span.kind;
  const Sorter sorted(span, row);
  row.scope = batch.scope(sorted.resource, sorted.scope_name, sorted.scope_version);
  row.attributes = batch.keep(sorted.attributes);
  batch.claim(span.annotations.size() * sizeof(model::SpanEvent));
  if (!span.annotations.empty() && batch.fits())
    row.events = batch.arena().copy_array<model::SpanEvent>(span.annotations);
  batch.add(row);
}

}  // namespace obs::codec
