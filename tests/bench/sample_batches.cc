#include "tests/bench/sample_batches.h"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libobs/codec/columns.h"

namespace obs::bench {

using model::Attributes;
using model::Batch;
using model::KeyValue;
using model::Value;

namespace {

constexpr Timestamp kStart = 1'763'806'530'000'000'000;

class Maker {
 public:
  explicit Maker(model::Signal signal) {
    batch_.signal = signal;
    batch_.received = kStart + kMinute;
    model::Resource resource;
    resource.attributes =
        attributes({{"service.name", text("checkout")}, {"host.name", text("web-3")}});
    resource.service = model::find_service(resource.attributes);
    batch_.resources.push_back(resource);
    model::Scope scope;
    scope.name = "shop.instrumentation";
    batch_.scopes.push_back(scope);
  }

  Batch& batch() { return batch_; }
  Batch take() && { return std::move(batch_); }

  Value text(std::string_view text) { return Value::string(batch_.arena->copy(text)); }
  Attributes attributes(std::initializer_list<KeyValue> items) {
    return batch_.arena->copy_array<KeyValue>({items.begin(), items.size()});
  }
  template <class T>
  std::span<const T> list(const std::vector<T>& items) {
    return batch_.arena->copy_array<T>(items);
  }

  Attributes request_attributes(std::size_t i) {
    return attributes({{"http.request.method", text(i % 3 == 0 ? "GET" : "POST")},
                       {"http.route", text("/api/v1/orders/{id}")},
                       {"http.response.status_code", Value::integer(i % 50 == 0 ? 500 : 200)},
                       {"user.id", text(fmt::format("u-{}", i * 7919 % 100'000))},
                       {"client.address", text(fmt::format("10.1.{}.{}", i % 256, i % 251))},
                       {"thread.name", text(fmt::format("worker-{}", i % 16))},
                       {"duration_ms", Value::number(0.25 * static_cast<double>(i % 997))},
                       {"cache.hit", Value::boolean(i % 2 == 0)}});
  }

 private:
  Batch batch_;
};

template <class Id>
Id make_id(std::size_t seed) {
  std::mt19937_64 random(seed);
  Id id;
  for (std::byte& byte : id.bytes) byte = static_cast<std::byte>(random());
  return id;
}

const model::Distribution* sample_histogram(Maker& maker, std::size_t i) {
  model::Distribution distribution;
  distribution.count = 15 * i;
  distribution.sum = 0.75 * static_cast<double>(i);
  distribution.min = 0.001;
  distribution.max = 9.5;
  distribution.bounds =
      maker.list<double>({0, .005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5});
  distribution.counts = maker.list(std::vector<std::uint64_t>(15, i));
  return maker.list<model::Distribution>({distribution}).data();
}

}  // namespace

Batch sample_logs(std::size_t count) {
  Maker maker(model::Signal::kLogs);
  for (std::size_t i = 0; i < count; ++i) {
    codec::LogRow row;
    row.time.time = kStart + static_cast<Timestamp>(i) * kMillisecond;
    row.observed_time = row.time.time + kMicrosecond;
    row.severity_number = i % 20 == 0 ? 17 : 9;
    row.severity_text = i % 20 == 0 ? "ERROR" : "INFO";
    row.body = maker.text(fmt::format("order {} handled by payment gateway in {} ms", i, i % 997));
    row.attributes = maker.request_attributes(i);
    row.trace_id = make_id<model::TraceId>(i);
    row.span_id = make_id<model::SpanId>(i);
    codec::append_row(maker.batch().logs, row);
  }
  return std::move(maker).take();
}

Batch sample_spans(std::size_t count) {
  Maker maker(model::Signal::kSpans);
  for (std::size_t i = 0; i < count; ++i) {
    codec::SpanRow row;
    row.time.time = kStart + static_cast<Timestamp>(i) * kMillisecond;
    row.duration = static_cast<Duration>(i % 997) * kMicrosecond;
    row.trace_id = make_id<model::TraceId>(i / 8);
    row.span_id = make_id<model::SpanId>(i);
    row.parent_span_id = make_id<model::SpanId>(i / 8);
    row.name = "POST /api/v1/orders/{id}";
    row.kind = 2;
    row.status_code = i % 50 == 0 ? 2 : 0;
    row.attributes = maker.request_attributes(i);
    codec::append_row(maker.batch().spans, row);
  }
  return std::move(maker).take();
}

Batch sample_metrics(std::size_t count) {
  Maker maker(model::Signal::kMetrics);
  model::MetricColumns& columns = maker.batch().metrics;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_histogram = i % 4 == 0;
    if (i % 20 < 2) {
      model::Metric metric;
      metric.name = is_histogram ? "http.server.request.duration" : "http.server.requests";
      metric.unit = is_histogram ? "s" : "{request}";
      metric.type = is_histogram ? model::MetricType::kHistogram : model::MetricType::kSum;
      metric.temporality = 2;
      metric.is_monotonic = !is_histogram;
      columns.metrics.push_back(metric);
    }
    codec::PointRow row;
    row.time.time = kStart + static_cast<Timestamp>(i) * kMillisecond;
    row.start_time = kStart;
    row.metric = static_cast<std::uint32_t>(columns.metrics.size() - (is_histogram ? 2 : 1));
    if (i % 20 == 0) row.metric = static_cast<std::uint32_t>(columns.metrics.size() - 1);
    row.attributes = maker.request_attributes(i);
    if (is_histogram) {
      row.distribution = sample_histogram(maker, i);
    } else {
      row.value = Value::integer(static_cast<std::int64_t>(i * 13));
    }
    codec::append_row(columns, row);
  }
  return std::move(maker).take();
}

}  // namespace obs::bench
