#include "libobs/codec/otlp_protobuf_points.h"

#include "libobs/codec/otlp_series_hash.h"

namespace obs::codec::otlp {

using model::BucketRun;
using model::Distribution;
using model::Exemplar;
using model::MetricType;
using model::Quantile;
using model::Value;

void PointDecoder::decode(std::string_view message, MetricType type, std::uint32_t metric,
                          const Hash128& hash) {
  decoder_.begin_record(message);
  Point point;
  point.row.metric = metric;
  const std::size_t attributes = decoder_.attributes.mark();
  switch (type) {
    case MetricType::kHistogram: histogram(message, point); break;
    case MetricType::kExponentialHistogram: exponential_histogram(message, point); break;
    case MetricType::kSummary: summary(message, point); break;
    default: number(message, point);
  }
  point.row.attributes = decoder_.take_attributes(attributes);
  point.row.exemplars = decoder_.take(exemplars_, 0);
  point.row.time = decoder_.record_time(point.sent, 0, point.received);
  if (!decoder_.end_record()) return;
  append_row(columns_, point.row);
  // Where the first attribute ends is not among the bytes, where others do is.
  const auto size = static_cast<std::size_t>(point.attributes_end - point.first_attribute.data());
  columns_.series.push_back(
      hash_within(hash, {point.first_attribute.data(), size}, point.first_attribute.size()));
}

void PointDecoder::attribute(std::string_view message, Point& point) {
  point.note_attribute(message);
  decoder_.attribute(message);
}

void PointDecoder::label(std::string_view message, Point& point) {
  point.note_attribute(message);
  decoder_.label(message);
}

void PointDecoder::common(Reader& field, Point& point) {
  switch (field.tag_and_type()) {
    case fixed64_field(point::kTime):
      point.sent = decoder_.time(field.get_fixed64(), "time_unix_nano is beyond the year 2262");
      break;
    case fixed64_field(point::kStartTime):
      point.row.start_time =
          decoder_.time(field.get_fixed64(), "start_time_unix_nano is beyond the year 2262");
      break;
    case fixed64_field(kReceivedTime): point.received = decoder_.received_time(field); break;
    default: field.skip();
  }
}

// What is a double, or was an integer.
Value PointDecoder::old_value(Reader& field) const {
  return integers_ ? Value::integer(field.get_sfixed64()) : Value::number(field.get_double());
}

void PointDecoder::number(std::string_view message, Point& point) {
  using namespace number_point;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kDouble): point.row.value = old_value(field); break;
      case fixed64_field(kInt): point.row.value = Value::integer(field.get_sfixed64()); break;
      case bytes_field(kLabels): label(field.get_view(), point); break;
      case bytes_field(kAttributes): attribute(field.get_view(), point); break;
      case bytes_field(kExemplars): exemplar(field.get_view()); break;
      case varint_field(kFlags): point.row.flags = field.get_uint32(); break;
      default: common(field, point);
    }
  });
}

void PointDecoder::histogram(std::string_view message, Point& point) {
  using namespace histogram_point;
  Distribution distribution;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kCount): distribution.count = field.get_fixed64(); break;
      case fixed64_field(kSum):
        distribution.sum =
            integers_ ? static_cast<double>(field.get_sfixed64()) : field.get_double();
        break;
      case fixed64_field(kMin): distribution.min = field.get_double(); break;
      case fixed64_field(kMax): distribution.max = field.get_double(); break;
      case bytes_field(kBucketCounts): push_all(counts_, field.get_packed_fixed64()); break;
      case fixed64_field(kBucketCounts): decoder_.push(counts_, field.get_fixed64()); break;
      case bytes_field(kExplicitBounds): push_all(bounds_, field.get_packed_double()); break;
      case fixed64_field(kExplicitBounds): decoder_.push(bounds_, field.get_double()); break;
      case bytes_field(kLabels): label(field.get_view(), point); break;
      case bytes_field(kAttributes): attribute(field.get_view(), point); break;
      case bytes_field(kExemplars): exemplar(field.get_view()); break;
      case varint_field(kFlags): point.row.flags = field.get_uint32(); break;
      default: common(field, point);
    }
  });
  distribution.counts = decoder_.take(counts_, 0);
  distribution.bounds = decoder_.take(bounds_, 0);
  point.row.distribution = keep(distribution);
}

void PointDecoder::exponential_histogram(std::string_view message, Point& point) {
  using namespace exponential_point;
  Distribution distribution;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kCount): distribution.count = field.get_fixed64(); break;
      case fixed64_field(kSum): distribution.sum = field.get_double(); break;
      case fixed64_field(kMin): distribution.min = field.get_double(); break;
      case fixed64_field(kMax): distribution.max = field.get_double(); break;
      case varint_field(kScale): distribution.scale = field.get_sint32(); break;
      case fixed64_field(kZeroCount): distribution.zero_count = field.get_fixed64(); break;
      case fixed64_field(kZeroThreshold): distribution.zero_threshold = field.get_double(); break;
      case bytes_field(kPositive):
        distribution.positive = buckets(field.get_view());
        distribution.has_positive = true;
        break;
      case bytes_field(kNegative):
        distribution.negative = buckets(field.get_view());
        distribution.has_negative = true;
        break;
      case bytes_field(kAttributes): attribute(field.get_view(), point); break;
      case bytes_field(kExemplars): exemplar(field.get_view()); break;
      case varint_field(kFlags): point.row.flags = field.get_uint32(); break;
      default: common(field, point);
    }
  });
  point.row.distribution = keep(distribution);
}

void PointDecoder::summary(std::string_view message, Point& point) {
  using namespace summary_point;
  Distribution distribution;
  distribution.sum = 0;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kCount): distribution.count = field.get_fixed64(); break;
      case fixed64_field(kSum): distribution.sum = field.get_double(); break;
      case bytes_field(kQuantiles): quantile(field.get_view()); break;
      case bytes_field(kLabels): label(field.get_view(), point); break;
      case bytes_field(kAttributes): attribute(field.get_view(), point); break;
      case varint_field(kFlags): point.row.flags = field.get_uint32(); break;
      default: common(field, point);
    }
  });
  distribution.quantiles = decoder_.take(quantiles_, 0);
  point.row.distribution = keep(distribution);
}

const Distribution* PointDecoder::keep(const Distribution& distribution) {
  decoder_.claim(sizeof(Distribution));
  return decoder_.arena().copy_array<Distribution>({&distribution, 1}).data();
}

BucketRun PointDecoder::buckets(std::string_view message) {
  BucketRun run;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case varint_field(buckets::kOffset): run.offset = field.get_sint32(); break;
      case bytes_field(buckets::kCounts): push_all(counts_, field.get_packed_uint64()); break;
      case varint_field(buckets::kCounts): decoder_.push(counts_, field.get_uint64()); break;
      default: field.skip();
    }
  });
  run.counts = decoder_.take(counts_, 0);
  return run;
}

void PointDecoder::quantile(std::string_view message) {
  Quantile quantile;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(quantile::kQuantile): quantile.quantile = field.get_double(); break;
      case fixed64_field(quantile::kValue): quantile.value = field.get_double(); break;
      default: field.skip();
    }
  });
  decoder_.push(quantiles_, quantile);
}

void PointDecoder::exemplar(std::string_view message) {
  using namespace exemplar;
  Exemplar exemplar;
  const std::size_t attributes = decoder_.attributes.mark();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kTime):
        exemplar.time =
            decoder_.time(field.get_fixed64(), "time of an exemplar is beyond the year 2262");
        break;
      case fixed64_field(kDouble): exemplar.value = old_value(field); break;
      case fixed64_field(kInt): exemplar.value = Value::integer(field.get_sfixed64()); break;
      case bytes_field(kTraceId):
        decoder_.id(field.get_view(), exemplar.trace_id, "trace_id of an exemplar is not 16 bytes");
        break;
      case bytes_field(kSpanId):
        decoder_.id(field.get_view(), exemplar.span_id, "span_id of an exemplar is not 8 bytes");
        break;
      case bytes_field(kLabels): decoder_.label(field.get_view()); break;
      case bytes_field(kFilteredAttributes): decoder_.attribute(field.get_view()); break;
      default: field.skip();
    }
  });
  exemplar.filtered_attributes = decoder_.take_attributes(attributes);
  decoder_.push(exemplars_, exemplar);
}

}  // namespace obs::codec::otlp
