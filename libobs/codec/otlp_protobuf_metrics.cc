// Decoding metrics: Metric, its data, and the exemplars that all points share; the kinds of points
// stand in otlp_protobuf_points.cc.

#include "libobs/codec/otlp_protobuf_points.h"
#include "libobs/codec/otlp_series_hash.h"

namespace obs::codec::otlp {

using model::Metric;
using model::MetricColumns;
using model::MetricType;

namespace {

class MetricDecoder final : public ItemDecoder {
 public:
  explicit MetricDecoder(Decoder& decoder)
      : decoder_(decoder), columns_(decoder.batch().metrics), points_(decoder) {}

  std::size_t size() const override { return columns_.metrics.size(); }
  void reserve(std::size_t more) override {
    decoder_.claim(more * sizeof(Metric));
    auto& metrics = columns_.metrics;
    const std::size_t wanted = metrics.size() + more;
    if (wanted > metrics.capacity()) metrics.reserve(std::max(wanted, 2 * metrics.capacity()));
  }
  void decode(std::string_view message, std::uint32_t scope) override;
  void note_scope(std::uint32_t scope, const otlp::Head& resource, const otlp::Head& own) override {
    scopes_.resize(scope + 1);
    scopes_[scope] = hash_of(own, hash_of(resource, {}));
  }

  // Before the first one: about so many metrics will come, each with a point.
  void expect(std::size_t metrics) {
    columns_.metrics.reserve(metrics);
    reserve_rows(columns_, metrics);
    columns_.series.reserve(metrics);
  }

 private:
  // What the first walk over a Metric finds: everything but its points.
  struct Head {
    Metric metric;
    std::uint32_t data_field = 0;  // 0: there is no data.
    bool has_integers = false;     // As before OTLP 0.9; the field is then that of doubles.
    std::string_view data;
    std::size_t points = 0;
    std::string_view first_point;
  };
  static Hash128 hash_of(const otlp::Head& head, const Hash128& owner) {
    return hash_within(hash_within(owner, head.schema_url), head.message);
  }
  Hash128 hash_of(std::string_view message, const Head& head) const;
  Head decode_head(std::string_view message);
  void decode_data_head(std::string_view message, Head& head);
  void decode_points(const Head& head, const Hash128& hash);
  // Most metrics have one point, and it is not worth a look at each column.
  void make_room(std::size_t points) {
    if (columns_.size() + points > columns_.time.capacity()) reserve_rows(columns_, points);
  }

  Decoder& decoder_;
  MetricColumns& columns_;
  PointDecoder points_;
  std::vector<Hash128> scopes_;
};

MetricType type_of(std::uint32_t field) {
  switch (field) {
    case metric::kGauge: return MetricType::kGauge;
    case metric::kSum: return MetricType::kSum;
    case metric::kHistogram: return MetricType::kHistogram;
    case metric::kExponentialHistogram: return MetricType::kExponentialHistogram;
    default: return MetricType::kSummary;
  }
}

// The points come before what describes them, and may come twice or in two kinds, of which the last
// counts. So each metric is walked twice, and the first walk learns everything but the points.
void MetricDecoder::decode(std::string_view message, std::uint32_t scope) {
  Head head = decode_head(message);
  head.metric.scope = scope;
  const Decoder::Inherit inherit(decoder_);
  const std::size_t before = columns_.size();
  columns_.metrics.push_back(head.metric);
  decode_points(head, hash_of(message, head));
  const bool was_empty = head.points == 0 && !inherit.rejects();
  if (columns_.size() == before && !was_empty) columns_.metrics.pop_back();
}

// Of everything but the points: what stands before and behind them, where mostly nothing does, and
// what is said of them all.
Hash128 MetricDecoder::hash_of(std::string_view message, const Head& head) const {
  if (head.points == 0) return {};
  const auto begin = static_cast<std::size_t>(head.data.data() - message.data());
  const auto length = static_cast<std::size_t>(protozero::length_of_varint(head.data.size()));
  const std::uint64_t kind = std::uint64_t{head.data_field - head.has_integers} << 33 |
                             std::uint64_t{head.metric.is_monotonic} << 32 |
                             static_cast<std::uint32_t>(head.metric.temporality);
  const Hash128& scope = scopes_[head.metric.scope];
  const Hash128 hash = seed_within(scope, message.substr(0, begin - length - 1), kind);
  const std::string_view behind = message.substr(begin + head.data.size());
  return behind.empty() ? hash : seed_within(hash, behind, 1);
}

MetricDecoder::Head MetricDecoder::decode_head(std::string_view message) {
  using namespace metric;
  Head head;
  const std::size_t metadata = decoder_.attributes.mark();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(kName): head.metric.name = decoder_.text(field.get_view()); break;
      case bytes_field(kDescription):
        head.metric.description = decoder_.text(field.get_view());
        break;
      case bytes_field(kUnit): head.metric.unit = decoder_.text(field.get_view()); break;
      case bytes_field(kMetadata): decoder_.attribute(field.get_view()); break;
      case bytes_field(kGauge):
      case bytes_field(kSum):
      case bytes_field(kHistogram):
      case bytes_field(kExponentialHistogram):
      case bytes_field(kSummary):
        head.data_field = field.tag();
        head.has_integers = false;
        decode_data_head(field.get_view(), head);
        break;
      case bytes_field(kIntGauge):
      case bytes_field(kIntSum):
      case bytes_field(kIntHistogram):
        head.data_field = field.tag() + 1;
        head.has_integers = true;
        decode_data_head(field.get_view(), head);
        break;
      default: field.skip();
    }
  });
  head.metric.metadata = decoder_.take_attributes(metadata);
  return head;
}

void MetricDecoder::decode_data_head(std::string_view message, Head& head) {
  using namespace metric_data;
  head.data = message;
  head.metric.type = type_of(head.data_field);
  head.metric.temporality = 0;
  head.metric.is_monotonic = false;
  head.points = 0;
  const bool has_temporality =
      head.data_field != metric::kGauge && head.data_field != metric::kSummary;
  for_each_field(message, [&](Reader& field) {
    const std::uint32_t tag = field.tag_and_type();
    if (tag == varint_field(kTemporality) && has_temporality) {
      head.metric.temporality = field.get_enum();
    } else if (tag == varint_field(kIsMonotonic) && head.data_field == metric::kSum) {
      head.metric.is_monotonic = field.get_uint64() != 0;
    } else {
      if (tag == bytes_field(kPoints) && head.points++ == 0) {
        head.first_point = field.get_view();
      } else {
        field.skip();
      }
    }
  });
}

void MetricDecoder::decode_points(const Head& head, const Hash128& hash) {
  if (head.points == 0) return;
  decoder_.claim(head.points * sizeof(PointRow));
  make_room(head.points);
  const auto index = static_cast<std::uint32_t>(columns_.metrics.size() - 1);
  points_.expect_integers(head.has_integers);
  // Most metrics have one, which need not be looked for again.
  if (head.points == 1) return points_.decode(head.first_point, head.metric.type, index, hash);
  for_each_field(head.data, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(metric_data::kPoints)) {
      points_.decode(field.get_view(), head.metric.type, index, hash);
    } else {
      field.skip();
    }
  });
}

// No metric that holds a point is smaller on the wire.
constexpr std::size_t kLeastMetric = 32;

// The metrics of a request. Counting them costs a look at each length; growing columns by doubling
// costs a copy of each, and pages that are touched for the first time.
std::size_t count_metrics(std::string_view request) {
  std::size_t count = 0;
  const auto each = [](std::string_view message, std::uint32_t number, auto&& use) {
    for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() == bytes_field(number)) {
        use(field.get_view());
      } else {
        field.skip();
      }
    });
  };
  each(request, request::kResourceItems, [&](std::string_view resource) {
    each(resource, resource_items::kScopeItems, [&](std::string_view scope) {
      each(scope, scope_items::kItems, [&](std::string_view) { ++count; });
    });
  });
  return std::min(count, request.size() / kLeastMetric);
}

}  // namespace

void decode_metrics(Decoder& decoder, std::string_view request) {
  MetricDecoder items(decoder);
  try {
    items.expect(count_metrics(request));
  } catch (const Abandoned&) {
    // Decoding will come upon it too, and say where.
  }
  decode_request(decoder, request, items);
}

}  // namespace obs::codec::otlp
