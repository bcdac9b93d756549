#include "tests/support/random_batch.h"

#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/extremes.h"

namespace obs::test {

using model::Attributes;
using model::Batch;
using model::KeyValue;
using model::MetricType;
using model::Signal;
using model::Value;

namespace {

class Maker {
 public:
  Maker(Signal signal, std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15 + 1) {
    batch_.signal = signal;
    batch_.received = kRandomBatchReceived;
  }

  Batch make(std::size_t records);

 private:
  // splitmix64.
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return next() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T, std::size_t N>
  const T& any(const T (&items)[N]) {
    return items[below(N)];
  }

  template <class T>
  std::span<const T> keep(const std::vector<T>& items) {
    if (items.empty()) return {};
    return batch_.arena->copy_array(std::span<const T>(items));
  }
  std::string_view text(std::string_view of) { return batch_.arena->copy(of); }

  template <class Id>
  Id id() {
    Id made;
    if (one_in(4)) return made;
    for (std::byte& byte : made.bytes) byte = static_cast<std::byte>(next());
    return made;
  }
  Timestamp time_or_none() { return one_in(3) ? 0 : any(kTimes); }

  Value value(int depth = 1);
  Attributes attributes(int depth = 1);
  Value deep_value();
  Value number();
  Value entity_refs();
  template <class T, std::size_t N>
  std::span<const T> list(const T (&items)[N]) {
    std::vector<T> out(below(4));
    for (T& item : out) item = any(items);
    return keep(out);
  }

  void resources();
  void resource(std::size_t index);
  void scope(std::size_t index, std::uint32_t resource);
  void set_time(std::vector<Timestamp>& time, std::vector<model::TimeSource>& source,
                Timestamp observed);
  void log(std::uint32_t scope);
  void span(std::uint32_t scope);
  model::SpanEvent event();
  model::SpanLink link();
  void metric(std::size_t index, std::uint32_t scope, std::size_t points);
  void point(const model::Metric& metric, std::uint32_t index);
  model::Exemplar exemplar();
  const model::Distribution* distribution(MetricType type);
  model::BucketRun buckets();

  std::uint64_t state_;
  Batch batch_;
};

Value Maker::value(int depth) {
  const bool leaf = depth > 3;
  switch (below(leaf ? 6 : 8)) {
    case 0: return Value::empty();
    case 1: return Value::boolean(one_in(2));
    case 2: return Value::integer(any(kIntegers));
    case 3: return Value::number(any(kDoubles));
    case 4: return Value::bytes(as_bytes(any(kTexts)));
    case 5: return Value::string(any(kTexts));
    case 6: {
      std::vector<Value> items(below(4));
      for (Value& item : items) item = value(depth + 1);
      return Value::array(keep(items));
    }
    default: return Value::map(attributes(depth + 1));
  }
}

// As deep as values may be: 64 of them, one in the other.
Value Maker::deep_value() {
  Value value = Value::bytes(as_bytes("at the bottom"));
  for (int depth = 63; depth > 0; --depth) {
    value = depth % 2 == 0 ? Value::array(keep(std::vector<Value>{value}))
                           : Value::map(keep(std::vector<KeyValue>{{any(kKeys), value}}));
  }
  return value;
}

Attributes Maker::attributes(int depth) {
  std::vector<KeyValue> entries(below(5));
  for (KeyValue& entry : entries) {
    // Now and then a key comes without any value.
    entry = {any(kKeys), one_in(10) ? Value() : value(depth)};
  }
  return keep(entries);
}

Value Maker::number() {
  switch (below(5)) {
    case 0: return {};
    case 1:
    case 2: return Value::integer(any(kIntegers));
    default: return Value::number(any(kDoubles));
  }
}

Value Maker::entity_refs() {
  std::vector<Value> refs;
  do {
    std::vector<KeyValue> entries;
    const std::string_view url = any(kTexts);
    if (!url.empty()) entries.push_back({"schema_url", Value::string(url)});
    entries.push_back({"type", Value::string(any(kTexts))});
    for (const std::string_view key : {"id_keys", "description_keys"}) {
      std::vector<Value> names(below(3));
      for (Value& name : names) name = Value::string(any(kTexts));
      entries.push_back({key, Value::array(keep(names))});
    }
    refs.push_back(Value::map(keep(entries)));
  } while (one_in(2));
  return Value::array(keep(refs));
}

void Maker::resource(std::size_t index) {
  model::Resource resource;
  std::vector<KeyValue> entries;
  const Attributes random = attributes();
  entries.insert(entries.end(), random.begin(), random.end());
  entries.push_back({"resource.index", Value::integer(static_cast<std::int64_t>(index))});
  if (!one_in(3)) {
    const auto at = static_cast<std::ptrdiff_t>(below(entries.size() + 1));
    entries.insert(entries.begin() + at, {"service.name", Value::string(any(kTexts))});
  }
  resource.attributes = keep(entries);
  resource.service = model::find_service(resource.attributes);
  if (one_in(2)) resource.schema_url = "https://opentelemetry.io/schemas/1.30.0";
  resource.dropped_attributes_count = any(kUnsigned);
  if (one_in(3)) resource.entity_refs = entity_refs();
  batch_.resources.push_back(resource);
}

void Maker::scope(std::size_t index, std::uint32_t resource) {
  model::Scope scope;
  scope.resource = resource;
  // The first has no more to say than that it is there.
  if (index > 0) {
    scope.name = text(fmt::format("scope {}", index));
    scope.version = any(kTexts);
    scope.schema_url = any(kTexts);
    scope.attributes = attributes();
    scope.dropped_attributes_count = any(kUnsigned);
  }
  batch_.scopes.push_back(scope);
}

void Maker::resources() {
  const std::size_t count = 1 + below(3);
  for (std::size_t i = 0; i < count; ++i) {
    resource(i);
    const std::size_t scopes = 1 + below(2);
    for (std::size_t j = 0; j < scopes; ++j) scope(j, static_cast<std::uint32_t>(i));
  }
}

void Maker::set_time(std::vector<Timestamp>& time, std::vector<model::TimeSource>& source,
                     Timestamp observed) {
  const bool sent = !one_in(4);
  const Timestamp given = observed != 0 ? observed : batch_.received;
  time.push_back(sent ? any(kTimes) : given);
  source.push_back(sent            ? model::TimeSource::kSender
                   : observed != 0 ? model::TimeSource::kObserved
                                   : model::TimeSource::kReceived);
}

void Maker::log(std::uint32_t scope) {
  model::LogColumns& logs = batch_.logs;
  logs.observed_time.push_back(time_or_none());
  set_time(logs.time, logs.time_source, logs.observed_time.back());
  logs.scope.push_back(scope);
  logs.severity_number.push_back(one_in(3) ? any(kSmall) : static_cast<std::int32_t>(below(25)));
  logs.severity_text.push_back(any(kTexts));
  logs.body.push_back(one_in(6) ? Value() : one_in(20) ? deep_value() : value());
  logs.event_name.push_back(any(kTexts));
  logs.attributes.push_back(attributes());
  logs.dropped_attributes_count.push_back(any(kUnsigned));
  logs.flags.push_back(any(kUnsigned));
  logs.trace_id.push_back(id<model::TraceId>());
  logs.span_id.push_back(id<model::SpanId>());
}

model::SpanEvent Maker::event() {
  return {time_or_none(), any(kTexts), attributes(), any(kUnsigned)};
}

model::SpanLink Maker::link() {
  return {id<model::TraceId>(), id<model::SpanId>(), any(kTexts),
          attributes(),         any(kUnsigned),      any(kUnsigned)};
}

void Maker::span(std::uint32_t scope) {
  model::SpanColumns& spans = batch_.spans;
  set_time(spans.time, spans.time_source, 0);
  // The end of a span is sent, so end and start are both times.
  const bool sent = spans.time_source.back() == model::TimeSource::kSender;
  spans.duration.push_back(time_or_none() - (sent ? spans.time.back() : 0));
  spans.scope.push_back(scope);
  spans.trace_id.push_back(id<model::TraceId>());
  spans.span_id.push_back(id<model::SpanId>());
  spans.parent_span_id.push_back(id<model::SpanId>());
  spans.name.push_back(any(kTexts));
  spans.kind.push_back(one_in(3) ? any(kSmall) : static_cast<std::int32_t>(below(6)));
  spans.status_code.push_back(one_in(3) ? any(kSmall) : static_cast<std::int32_t>(below(3)));
  spans.status_message.push_back(any(kTexts));
  spans.trace_state.push_back(any(kTexts));
  spans.flags.push_back(any(kUnsigned));
  spans.attributes.push_back(attributes());
  std::vector<model::SpanEvent> events(below(3));
  for (model::SpanEvent& item : events) item = event();
  spans.events.push_back(keep(events));
  std::vector<model::SpanLink> links(below(3));
  for (model::SpanLink& item : links) item = link();
  spans.links.push_back(keep(links));
  spans.dropped_attributes_count.push_back(any(kUnsigned));
  spans.dropped_events_count.push_back(any(kUnsigned));
  spans.dropped_links_count.push_back(any(kUnsigned));
}

model::Exemplar Maker::exemplar() {
  return {time_or_none(), number(), id<model::TraceId>(), id<model::SpanId>(), attributes()};
}

model::BucketRun Maker::buckets() { return {any(kSmall), list(kCounts)}; }

const model::Distribution* Maker::distribution(MetricType type) {
  const auto maybe = [&]() -> std::optional<double> {
    return one_in(2) ? std::optional(any(kDoubles)) : std::nullopt;
  };
  model::Distribution made;
  made.count = any(kCounts);
  made.sum = type == MetricType::kSummary ? any(kDoubles) : maybe();
  switch (type) {
    case MetricType::kHistogram:
      made.min = maybe();
      made.max = maybe();
      made.bounds = list(kDoubles);
      made.counts = list(kCounts);
      break;
    case MetricType::kExponentialHistogram:
      made.min = maybe();
      made.max = maybe();
      made.scale = any(kSmall);
      made.zero_count = any(kCounts);
      made.zero_threshold = one_in(2) ? 0 : 1e-128;
      made.has_positive = one_in(2);
      made.has_negative = one_in(2);
      if (made.has_positive && !one_in(4)) made.positive = buckets();
      if (made.has_negative && !one_in(4)) made.negative = buckets();
      break;
    default: {
      std::vector<model::Quantile> quantiles(below(3));
      for (model::Quantile& item : quantiles) item = {any(kDoubles), any(kDoubles)};
      made.quantiles = keep(quantiles);
    }
  }
  return keep(std::vector<model::Distribution>{made}).data();
}

void Maker::point(const model::Metric& metric, std::uint32_t index) {
  model::MetricColumns& points = batch_.metrics;
  const bool is_number = metric.type == MetricType::kGauge || metric.type == MetricType::kSum;
  set_time(points.time, points.time_source, 0);
  points.start_time.push_back(time_or_none());
  points.metric.push_back(index);
  points.attributes.push_back(attributes());
  points.flags.push_back(any(kUnsigned));
  points.value.push_back(is_number ? number() : Value());
  points.distribution.push_back(is_number ? nullptr : distribution(metric.type));
  std::vector<model::Exemplar> exemplars(metric.type == MetricType::kSummary ? 0 : below(3));
  for (model::Exemplar& item : exemplars) item = exemplar();
  points.exemplars.push_back(keep(exemplars));
}

void Maker::metric(std::size_t index, std::uint32_t scope, std::size_t points) {
  model::Metric metric;
  metric.scope = scope;
  metric.name = text(fmt::format("metric {} {}", index, any(kTexts)));
  metric.description = any(kTexts);
  metric.unit = any(kTexts);
  metric.type = static_cast<MetricType>(points == 0 ? below(6) : 1 + below(5));
  const bool has_temporality = metric.type == MetricType::kSum ||
                               metric.type == MetricType::kHistogram ||
                               metric.type == MetricType::kExponentialHistogram;
  if (has_temporality) {
    metric.temporality = one_in(4) ? any(kSmall) : static_cast<std::int32_t>(below(3));
  }
  metric.is_monotonic = metric.type == MetricType::kSum && one_in(2);
  metric.metadata = attributes();
  batch_.metrics.metrics.push_back(metric);
  for (std::size_t i = 0; i < points; ++i) point(metric, static_cast<std::uint32_t>(index));
}

Batch Maker::make(std::size_t records) {
  resources();
  const std::size_t each = records / batch_.scopes.size() + 1;
  std::size_t metrics = 0;
  for (std::uint32_t scope = 0; scope < batch_.scopes.size(); ++scope) {
    for (std::size_t i = 0; i < each;) {
      const std::size_t points = below(4);
      switch (batch_.signal) {
        case Signal::kLogs: log(scope); break;
        case Signal::kSpans: span(scope); break;
        case Signal::kMetrics: metric(metrics++, scope, points); break;
      }
      i += batch_.signal == Signal::kMetrics ? points + 1 : 1;
    }
  }
  return std::move(batch_);
}

}  // namespace

Batch random_batch(Signal signal, std::uint64_t seed, std::size_t records) {
  return Maker(signal, seed).make(records);
}

}  // namespace obs::test
