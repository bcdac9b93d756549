#include "libobs/codec/agent_batch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/otlp_protobuf_fields.h"
#include "libobs/codec/protozero.h"

namespace obs::codec {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_writer;

// The numbers of telemetry.proto, with the wire types they must have.
enum BatchField : std::uint32_t {
  kSequence = otlp::varint_field(1),
  kService = otlp::bytes_field(2),
  kInstance = otlp::bytes_field(3),
  kResource = otlp::bytes_field(4),
  kBatchTime = otlp::fixed64_field(5),
  kBatchStart = otlp::fixed64_field(6),
  kMetrics = otlp::bytes_field(7),
};
enum LabelField : std::uint32_t { kKey = otlp::bytes_field(1), kValue = otlp::bytes_field(2) };
enum MetricField : std::uint32_t {
  kName = otlp::bytes_field(1),
  kUnit = otlp::bytes_field(2),
  kDescription = otlp::bytes_field(3),
  kTemporality = otlp::varint_field(4),
  kGauges = otlp::bytes_field(5),
  kCounters = otlp::bytes_field(6),
  kHistograms = otlp::bytes_field(7),
};
// Of all samples, and of gauges and counters.
enum NumberField : std::uint32_t {
  kLabels = otlp::bytes_field(1),
  kTime = otlp::fixed64_field(2),
  kDouble = otlp::fixed64_field(3),
  kInt = otlp::varint_field(4),
  kCounterStart = otlp::fixed64_field(5),
};
enum HistogramField : std::uint32_t {
  kHistogramStart = otlp::fixed64_field(3),
  kCount = otlp::varint_field(4),
  kSum = otlp::fixed64_field(5),
  kMin = otlp::fixed64_field(6),
  kMax = otlp::fixed64_field(7),
  kBound = otlp::fixed64_field(8),
  kBounds = otlp::bytes_field(8),
  kBucket = otlp::varint_field(9),
  kBuckets = otlp::bytes_field(9),
};
enum AcknowledgementField : std::uint32_t { kAcknowledged = 1, kRejected = 2, kMessage = 3 };

constexpr std::uint32_t kDelta = 1;  // Of the agent stream; OTLP has 1 for delta, 2 for cumulative.
constexpr std::int32_t kOtlpDelta = 1;
constexpr std::int32_t kOtlpCumulative = 2;

struct TooMany {};

std::uint32_t field_of(const pbf_reader& reader) {
  return static_cast<std::uint32_t>(reader.tag_and_type());
}

void write_attribute(pbf_writer& parent, std::uint32_t field, std::string_view key,
                     std::string_view value) {
  pbf_writer attribute(parent, field);
  attribute.add_string(otlp::key_value::kKey, key);
  pbf_writer any(attribute, otlp::key_value::kValue);
  any.add_string(otlp::any_value::kString, value);
}

void write_label(pbf_writer& parent, std::uint32_t field, data_view bytes) {
  std::string_view key;
  std::string_view value;
  for (pbf_reader label(bytes); label.next();) {
    if (field_of(label) == kKey) {
      key = label.get_view();
    } else if (field_of(label) == kValue) {
      value = label.get_view();
    } else {
      label.skip();
    }
  }
  write_attribute(parent, field, key, value);
}

struct Times {
  std::uint64_t time = 0;
  std::uint64_t start = 0;

  void write(pbf_writer& point) const {
    if (start != 0) point.add_fixed64(otlp::point::kStartTime, start);
    if (time != 0) point.add_fixed64(otlp::point::kTime, time);
  }
};

// `times` are the batch's, and are overruled by the sample's own.
void write_number(pbf_writer& data, data_view bytes, Times times) {
  pbf_writer point(data, otlp::metric_data::kPoints);
  for (pbf_reader sample(bytes); sample.next();) {
    switch (field_of(sample)) {
      case kLabels: write_label(point, otlp::number_point::kAttributes, sample.get_view()); break;
      case kTime: times.time = sample.get_fixed64(); break;
      case kCounterStart: times.start = sample.get_fixed64(); break;
      case kDouble: point.add_double(otlp::number_point::kDouble, sample.get_double()); break;
      case kInt: point.add_sfixed64(otlp::number_point::kInt, sample.get_sint64()); break;
      default: sample.skip(); break;
    }
  }
  times.write(point);
}

// proto3 packs repeated numbers, but a reader must take them one by one as well.
void write_histogram(pbf_writer& data, data_view bytes, Times times) {
  pbf_writer point(data, otlp::metric_data::kPoints);
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
  std::uint64_t count = 0;
  for (pbf_reader sample(bytes); sample.next();) {
    switch (field_of(sample)) {
      case kLabels:
        write_label(point, otlp::histogram_point::kAttributes, sample.get_view());
        break;
      case kTime: times.time = sample.get_fixed64(); break;
      case kHistogramStart: times.start = sample.get_fixed64(); break;
      case kCount: count = sample.get_uint64(); break;
      case kSum: point.add_double(otlp::histogram_point::kSum, sample.get_double()); break;
      case kMin: point.add_double(otlp::histogram_point::kMin, sample.get_double()); break;
      case kMax: point.add_double(otlp::histogram_point::kMax, sample.get_double()); break;
      case kBound: bounds.push_back(sample.get_double()); break;
      case kBounds:
        for (const double bound : sample.get_packed_double()) bounds.push_back(bound);
        break;
      case kBucket: counts.push_back(sample.get_uint64()); break;
      case kBuckets:
        for (const std::uint64_t bucket : sample.get_packed_uint64()) counts.push_back(bucket);
        break;
      default: sample.skip(); break;
    }
  }
  point.add_fixed64(otlp::histogram_point::kCount, count);
  point.add_packed_fixed64(otlp::histogram_point::kBucketCounts, counts.begin(), counts.end());
  point.add_packed_double(otlp::histogram_point::kExplicitBounds, bounds.begin(), bounds.end());
  times.write(point);
}

// A metric's fields, gathered before any is written: the samples may come before the name.
struct Metric {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  bool delta = false;
  std::vector<data_view> gauges;
  std::vector<data_view> counters;
  std::vector<data_view> histograms;

  explicit Metric(data_view bytes) {
    for (pbf_reader reader(bytes); reader.next();) {
      switch (field_of(reader)) {
        case kName: name = reader.get_view(); break;
        case kUnit: unit = reader.get_view(); break;
        case kDescription: description = reader.get_view(); break;
        case kTemporality: delta = reader.get_uint32() == kDelta; break;
        case kGauges: gauges.push_back(reader.get_view()); break;
        case kCounters: counters.push_back(reader.get_view()); break;
        case kHistograms: histograms.push_back(reader.get_view()); break;
        default: reader.skip(); break;
      }
    }
  }

  std::size_t samples() const { return gauges.size() + counters.size() + histograms.size(); }
  std::int32_t temporality() const { return delta ? kOtlpDelta : kOtlpCumulative; }

  void write_names(pbf_writer& out) const {
    out.add_string(otlp::metric::kName, name);
    if (!unit.empty()) out.add_string(otlp::metric::kUnit, unit);
    if (!description.empty()) out.add_string(otlp::metric::kDescription, description);
  }

  void write_gauges(pbf_writer& scope, const Times& times) const {
    if (gauges.empty()) return;
    pbf_writer out(scope, otlp::scope_items::kItems);
    write_names(out);
    pbf_writer data(out, otlp::metric::kGauge);
    for (const data_view sample : gauges) write_number(data, sample, {times.time, 0});
  }

  void write_counters(pbf_writer& scope, const Times& times) const {
    if (counters.empty()) return;
    pbf_writer out(scope, otlp::scope_items::kItems);
    write_names(out);
    pbf_writer data(out, otlp::metric::kSum);
    data.add_enum(otlp::metric_data::kTemporality, temporality());
    data.add_bool(otlp::metric_data::kIsMonotonic, true);
    for (const data_view sample : counters) write_number(data, sample, times);
  }

  void write_histograms(pbf_writer& scope, const Times& times) const {
    if (histograms.empty()) return;
    pbf_writer out(scope, otlp::scope_items::kItems);
    write_names(out);
    pbf_writer data(out, otlp::metric::kHistogram);
    data.add_enum(otlp::metric_data::kTemporality, temporality());
    for (const data_view sample : histograms) write_histogram(data, sample, times);
  }
};

struct Batch {
  std::string_view service;
  std::string_view instance;
  std::vector<data_view> resource;
  Times times;
  std::vector<data_view> metrics;

  explicit Batch(std::string_view bytes) {
    for (pbf_reader reader{bytes}; reader.next();) {
      switch (field_of(reader)) {
        case kService: service = reader.get_view(); break;
        case kInstance: instance = reader.get_view(); break;
        case kResource: resource.push_back(reader.get_view()); break;
        case kBatchTime: times.time = reader.get_fixed64(); break;
        case kBatchStart: times.start = reader.get_fixed64(); break;
        case kMetrics: metrics.push_back(reader.get_view()); break;
        default: reader.skip(); break;
      }
    }
  }

  void write_resource(pbf_writer& items) const {
    pbf_writer out(items, otlp::resource_items::kResource);
    if (!service.empty())
      write_attribute(out, otlp::resource::kAttributes, "service.name", service);
    if (!instance.empty())
      write_attribute(out, otlp::resource::kAttributes, "service.instance.id", instance);
    for (const data_view label : resource) write_label(out, otlp::resource::kAttributes, label);
  }

  void write_metrics(pbf_writer& items) const {
    pbf_writer scope(items, otlp::resource_items::kScopeItems);
    std::size_t samples = 0;
    for (const data_view bytes : metrics) {
      const Metric metric(bytes);
      samples += metric.samples();
      if (samples > kMaxAgentSamples) throw TooMany();
      metric.write_gauges(scope, times);
      metric.write_counters(scope, times);
      metric.write_histograms(scope, times);
    }
  }
};

ParseError malformed() {
  return {Errc::kMalformed, 0, "not a batch of the agent stream in protobuf"};
}

}  // namespace

Result<AgentHead, ParseError> read_agent_head(std::string_view batch) {
  AgentHead head;
  pbf_writer resource(head.resource);
  try {
    for (pbf_reader reader{batch}; reader.next();) {
      switch (field_of(reader)) {
        case kSequence: head.sequence = reader.get_uint64(); break;
        case kService:
        case kInstance:
        case kResource: {
          const protozero::pbf_tag_type tag = reader.tag();
          resource.add_bytes(tag, reader.get_view());
          break;
        }
        default: reader.skip(); break;
      }
    }
  } catch (const protozero::exception&) {
    return fail(malformed());
  }
  return head;
}

Result<std::string, ParseError> agent_batch_to_otlp(std::string_view batch) {
  std::string out;
  try {
    const Batch parsed(batch);
    if (parsed.metrics.empty()) return out;
    pbf_writer request(out);
    pbf_writer items(request, otlp::request::kResourceItems);
    parsed.write_resource(items);
    parsed.write_metrics(items);
  } catch (const protozero::exception&) {
    return fail(malformed());
  } catch (const TooMany&) {
    return fail(ParseError{Errc::kLimitExceeded, 0, "more than 100,000 samples in a batch"});
  }
  return out;
}

std::string encode_agent_acknowledged(std::uint64_t sequence) {
  std::string out;
  pbf_writer(out).add_uint64(kAcknowledged, sequence);
  return out;
}

std::string encode_agent_rejected(std::uint64_t samples, std::string_view message) {
  std::string out;
  pbf_writer writer(out);
  if (samples != 0) writer.add_uint64(kRejected, samples);
  if (!message.empty()) writer.add_string(kMessage, repair_utf8(message));
  return out;
}

}  // namespace obs::codec
