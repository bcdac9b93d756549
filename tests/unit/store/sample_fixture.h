// Points to be put into a store, and samples out of it as text.

#pragma once

#include <bit>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/sample_scan.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store::samples {

using model::Batch;
using model::BatchPtr;
using model::MetricType;
using model::Value;
using Op = LabelMatcher::Op;

// Builds batches of points.
class Points {
 public:
  explicit Points(std::string_view service = "shop") {
    batch_.signal = model::Signal::kMetrics;
    const model::KeyValue name{"service.name", Value::string(batch_.arena->copy(service))};
    batch_.resources.push_back({batch_.arena->copy_array(std::span(&name, 1)), {}, {}, 0, {}});
    batch_.scopes.emplace_back();
  }

  Points& metric(std::string_view name, MetricType type, std::int32_t temporality = 0,
                 bool is_monotonic = false, std::string_view unit = {}) {
    model::Metric metric;
    metric.name = batch_.arena->copy(name);
    metric.type = type;
    metric.temporality = temporality;
    metric.is_monotonic = is_monotonic;
    metric.unit = batch_.arena->copy(unit);
    batch_.metrics.metrics.push_back(metric);
    return *this;
  }

  Points& add(Timestamp time, Value value, std::string_view host = {}, std::uint32_t flags = 0) {
    row(time, host, flags);
    batch_.metrics.value.back() = value;
    return *this;
  }

  Points& add(Timestamp time, const model::Distribution& distribution, std::string_view host = {}) {
    row(time, host, 0);
    batch_.metrics.distribution.back() =
        batch_.arena->copy_array(std::span(&distribution, 1)).data();
    return *this;
  }

  // To the last point.
  Points& exemplar(Timestamp time, double value, std::uint8_t trace = 0,
                   std::string_view user = {}) {
    model::Exemplar exemplar;
    exemplar.time = time;
    exemplar.value = Value::number(value);
    exemplar.trace_id.bytes[15] = static_cast<std::byte>(trace);
    const model::KeyValue attribute{"user.id", Value::string(batch_.arena->copy(user))};
    if (!user.empty()) {
      exemplar.filtered_attributes = batch_.arena->copy_array(std::span(&attribute, 1));
    }
    batch_.metrics.exemplars.back() =
        batch_.arena->copy_array(std::span<const model::Exemplar>(&exemplar, 1));
    return *this;
  }

  // To the resource.
  Points& describe(std::string_view key, std::string_view value) {
    model::Resource& resource = batch_.resources.back();
    std::vector<model::KeyValue> all(resource.attributes.begin(), resource.attributes.end());
    all.push_back({batch_.arena->copy(key), Value::string(batch_.arena->copy(value))});
    resource.attributes = batch_.arena->copy_array(std::span<const model::KeyValue>(all));
    return *this;
  }

  BatchPtr take() { return std::make_shared<const Batch>(std::move(batch_)); }

 private:
  void row(Timestamp time, std::string_view host, std::uint32_t flags) {
    model::MetricColumns& points = batch_.metrics;
    points.time.push_back(time);
    points.time_source.push_back(model::TimeSource::kSender);
    points.start_time.push_back(kNoon - kHour);
    points.metric.push_back(static_cast<std::uint32_t>(points.metrics.size() - 1));
    const model::KeyValue attribute{"host.name", Value::string(batch_.arena->copy(host))};
    points.attributes.push_back(host.empty() ? model::Attributes()
                                             : batch_.arena->copy_array(std::span(&attribute, 1)));
    points.flags.push_back(flags);
    points.value.emplace_back();
    points.distribution.push_back(nullptr);
    points.exemplars.emplace_back();
  }

  Batch batch_;
};

inline std::string to_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (name != "job") text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, value);
  }
  return text;
}

// "name{…}: time=value …" a series; times are seconds after noon.
inline std::string read(SampleScan& scan, const SampleQuery& query) {
  std::string text;
  const auto done = scan.select(query, [&](SampleSeries& series) -> Result<void> {
    text += to_text(series.labels) + ":";
    for (std::size_t i = 0; i < series.times.size(); ++i) {
      const bool is_stale = std::bit_cast<std::uint64_t>(series.values[i]) == kStaleBits;
      text += fmt::format(" {}={}", (series.times[i] - kNoon) / kSecond,
                          is_stale ? "stale" : fmt::format("{}", series.values[i]));
    }
    for (std::size_t i = 0; i < series.distributions.size(); ++i) {
      text += fmt::format(" {}=#{}", (series.distribution_times[i] - kNoon) / kSecond,
                          series.distributions[i].count);
    }
    text += "\n";
    return {};
  });
  return done ? text : "error: " + done.error().message;
}

// "name{…}: time=value{label=…} …" a series.
inline std::string read_exemplars(SampleScan& scan, const SampleQuery& query) {
  std::string text;
  const auto done = scan.exemplars(query, [&](ExemplarSeries& series) -> Result<void> {
    text += to_text(series.labels) + ":";
    for (const SampleExemplar& one : series.exemplars) {
      text +=
          fmt::format(" {}={}{{{}}}", (one.time - kNoon) / kSecond, one.value, to_text(one.labels));
    }
    text += "\n";
    return {};
  });
  return done ? text : "error: " + done.error().message;
}

inline SampleQuery by_name(std::string_view name, SampleRange range = {}) {
  return {"default", {{"__name__", Op::kEqual, std::string(name)}}, range};
}

struct Store {
  Store() : writer(open_writer(dir / "data", registry)) {}
  std::unique_ptr<SampleScan> scan() {
    auto opened = SampleScan::open(system_fs(), dir / "data", {1, "", ""});
    REQUIRE(opened);
    return std::move(*opened);
  }
  std::string read(const SampleQuery& query) { return samples::read(*scan(), query); }
  void write(const BatchPtr& batch) { REQUIRE(write_and_wait(*writer, batch)); }

  TemporaryDir dir;
  Registry registry;
  std::unique_ptr<Writer> writer;
};

inline Value number(double value) { return Value::number(value); }

}  // namespace obs::store::samples
