#include "tests/support/dump.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::test {

using model::Attributes;
using model::Batch;
using model::KeyValue;
using model::Signal;
using model::Value;
using model::ValueKind;

namespace {

std::string quote(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// Shows the number, and compares by bits.
std::string dump_double(double value) {
  return fmt::format("{}#{:x}", value, std::bit_cast<std::uint64_t>(value));
}

std::string dump_attributes(Attributes attributes) {
  std::string out = "{";
  for (const KeyValue& entry : attributes) {
    out += fmt::format(" {}={}", quote(entry.key), dump_value(entry.value));
  }
  return out + " }";
}

template <class Numbers>
std::string dump_numbers(const Numbers& numbers) {
  std::string out = "[";
  for (const auto number : numbers) {
    if constexpr (std::is_same_v<std::decay_t<decltype(number)>, double>) {
      out += " " + dump_double(number);
    } else {
      out += fmt::format(" {}", number);
    }
  }
  return out + " ]";
}

std::string dump_optional(const std::optional<double>& number) {
  return number ? dump_double(*number) : "absent";
}

std::string dump_resource(const model::Resource& resource) {
  std::vector<KeyValue> entries(resource.attributes.begin(), resource.attributes.end());
  const auto is_service = [](const KeyValue& entry) {
    return entry.key == "service.name" && entry.value.is_string();
  };
  const auto service = std::find_if(entries.begin(), entries.end(), is_service);
  if (service != entries.end()) std::rotate(entries.begin(), service, service + 1);
  return fmt::format("service={} attributes={} schema={} dropped={} entities={}",
                     quote(resource.service), dump_attributes(entries), quote(resource.schema_url),
                     resource.dropped_attributes_count, dump_value(resource.entity_refs));
}

std::string dump_scope(const Batch& batch, std::uint32_t index) {
  const model::Scope& scope = batch.scopes.at(index);
  return fmt::format(
      "\n  resource: {}\n  scope: name={} version={} schema={} attributes={} dropped={}",
      dump_resource(batch.resources.at(scope.resource)), quote(scope.name), quote(scope.version),
      quote(scope.schema_url), dump_attributes(scope.attributes), scope.dropped_attributes_count);
}

std::string dump_log(const Batch& batch, std::size_t row) {
  const model::LogColumns& logs = batch.logs;
  return fmt::format(
             "log time={}/{} observed={} severity={} text={} body={} event={} attributes={} "
             "dropped={} flags={} trace={} span={}",
             logs.time[row], static_cast<int>(logs.time_source[row]), logs.observed_time[row],
             logs.severity_number[row], quote(logs.severity_text[row]), dump_value(logs.body[row]),
             quote(logs.event_name[row]), dump_attributes(logs.attributes[row]),
             logs.dropped_attributes_count[row], logs.flags[row], to_hex(logs.trace_id[row]),
             to_hex(logs.span_id[row])) +
         dump_scope(batch, logs.scope[row]);
}

std::string dump_span(const Batch& batch, std::size_t row) {
  const model::SpanColumns& spans = batch.spans;
  std::string out = fmt::format(
      "span time={}/{} duration={} trace={} span={} parent={} name={} kind={} status={}/{} "
      "state={} flags={} attributes={} dropped={}/{}/{}",
      spans.time[row], static_cast<int>(spans.time_source[row]), spans.duration[row],
      to_hex(spans.trace_id[row]), to_hex(spans.span_id[row]), to_hex(spans.parent_span_id[row]),
      quote(spans.name[row]), spans.kind[row], spans.status_code[row],
      quote(spans.status_message[row]), quote(spans.trace_state[row]), spans.flags[row],
      dump_attributes(spans.attributes[row]), spans.dropped_attributes_count[row],
      spans.dropped_events_count[row], spans.dropped_links_count[row]);
  for (const model::SpanEvent& event : spans.events[row]) {
    out += fmt::format("\n  event time={} name={} attributes={} dropped={}", event.time,
                       quote(event.name), dump_attributes(event.attributes),
                       event.dropped_attributes_count);
  }
  for (const model::SpanLink& link : spans.links[row]) {
    out += fmt::format("\n  link trace={} span={} state={} attributes={} dropped={} flags={}",
                       to_hex(link.trace_id), to_hex(link.span_id), quote(link.trace_state),
                       dump_attributes(link.attributes), link.dropped_attributes_count, link.flags);
  }
  return out + dump_scope(batch, spans.scope[row]);
}

std::string dump_metric(const Batch& batch, const model::Metric& metric) {
  return fmt::format(
             "metric name={} type={} unit={} description={} temporality={} monotonic={} "
             "metadata={}",
             quote(metric.name), static_cast<int>(metric.type), quote(metric.unit),
             quote(metric.description), metric.temporality, metric.is_monotonic,
             dump_attributes(metric.metadata)) +
         dump_scope(batch, metric.scope);
}

std::string dump_buckets(bool present, const model::BucketRun& run) {
  return present ? fmt::format("{}:{}", run.offset, dump_numbers(run.counts)) : "absent";
}

std::string dump_distribution(const model::Distribution& distribution) {
  std::string out = fmt::format(
      "\n  count={} sum={} min={} max={} bounds={} counts={} scale={} zeros={}/{} positive={} "
      "negative={}",
      distribution.count, dump_optional(distribution.sum), dump_optional(distribution.min),
      dump_optional(distribution.max), dump_numbers(distribution.bounds),
      dump_numbers(distribution.counts), distribution.scale, distribution.zero_count,
      dump_double(distribution.zero_threshold),
      dump_buckets(distribution.has_positive, distribution.positive),
      dump_buckets(distribution.has_negative, distribution.negative));
  for (const model::Quantile& item : distribution.quantiles) {
    out += fmt::format(" q{}={}", dump_double(item.quantile), dump_double(item.value));
  }
  return out;
}

std::string dump_point(const Batch& batch, std::size_t row) {
  const model::MetricColumns& points = batch.metrics;
  std::string out = fmt::format("point time={}/{} start={} value={} attributes={} flags={}",
                                points.time[row], static_cast<int>(points.time_source[row]),
                                points.start_time[row], dump_value(points.value[row]),
                                dump_attributes(points.attributes[row]), points.flags[row]);
  if (points.distribution[row] != nullptr) out += dump_distribution(*points.distribution[row]);
  for (const model::Exemplar& exemplar : points.exemplars[row]) {
    out += fmt::format("\n  exemplar time={} value={} trace={} span={} attributes={}",
                       exemplar.time, dump_value(exemplar.value), to_hex(exemplar.trace_id),
                       to_hex(exemplar.span_id), dump_attributes(exemplar.filtered_attributes));
  }
  return out + "\n  " + dump_metric(batch, points.metrics.at(points.metric[row]));
}

std::string dump_record(const Batch& batch, std::size_t row) {
  switch (batch.signal) {
    case Signal::kLogs: return dump_log(batch, row);
    case Signal::kSpans: return dump_span(batch, row);
    case Signal::kMetrics: break;
  }
  return dump_point(batch, row);
}

}  // namespace

std::string dump_value(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone: return "none";
    case ValueKind::kEmpty: return "empty";
    case ValueKind::kString: return quote(value.as_string());
    case ValueKind::kBool: return value.as_bool() ? "true" : "false";
    case ValueKind::kInt: return fmt::format("{}", value.as_int());
    case ValueKind::kDouble: return dump_double(value.as_double());
    case ValueKind::kBytes: {
      std::string hex = "0x";
      append_hex(hex, value.as_bytes());
      return hex;
    }
    case ValueKind::kArray: {
      std::string out = "[";
      for (const Value& item : value.as_array()) out += " " + dump_value(item);
      return out + " ]";
    }
    case ValueKind::kMap: return dump_attributes(value.as_map());
  }
  return {};
}

std::vector<std::string> dump_records(const Batch& batch) {
  std::vector<std::string> texts;
  for (std::size_t row = 0; row < batch.size(); ++row) texts.push_back(dump_record(batch, row));
  const model::MetricColumns& points = batch.metrics;
  for (std::uint32_t i = 0; i < points.metrics.size(); ++i) {
    const bool has_points =
        std::find(points.metric.begin(), points.metric.end(), i) != points.metric.end();
    if (!has_points) texts.push_back(dump_metric(batch, points.metrics[i]));
  }
  return texts;
}

std::string first_difference(const Batch& expected, const Batch& actual) {
  const auto want = dump_records(expected);
  const auto have = dump_records(actual);
  for (std::size_t i = 0; i < std::max(want.size(), have.size()); ++i) {
    const std::string_view left = i < want.size() ? std::string_view(want[i]) : "(none)";
    const std::string_view right = i < have.size() ? std::string_view(have[i]) : "(none)";
    if (left != right) return fmt::format("record {}\nexpected: {}\nactual:   {}", i, left, right);
  }
  return {};
}

}  // namespace obs::test
