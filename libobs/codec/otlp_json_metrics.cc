#include "libobs/codec/otlp_json_names.h"
#include "libobs/codec/otlp_json_points.h"

namespace obs::codec::otlp_json {

using model::Metric;
using model::MetricType;

namespace {

enum class Field {
  kNone,
  kName,
  kDescription,
  kUnit,
  kMetadata,
  kGauge,
  kSum,
  kHistogram,
  kExponentialHistogram,
  kSummary,
  kIntGauge,
  kIntSum,
  kIntHistogram
};

constexpr auto kFields = key_table<Field>({{"name", Field::kName},
                                           {"description", Field::kDescription},
                                           {"unit", Field::kUnit},
                                           {"metadata", Field::kMetadata},
                                           {"gauge", Field::kGauge},
                                           {"sum", Field::kSum},
                                           {"histogram", Field::kHistogram},
                                           {"exponentialHistogram", Field::kExponentialHistogram},
                                           {"summary", Field::kSummary},
                                           // Before OTLP 0.9.
                                           {"intGauge", Field::kIntGauge},
                                           {"doubleGauge", Field::kGauge},
                                           {"intSum", Field::kIntSum},
                                           {"doubleSum", Field::kSum},
                                           {"intHistogram", Field::kIntHistogram},
                                           {"doubleHistogram", Field::kHistogram},
                                           {"doubleSummary", Field::kSummary}});

enum class DataField { kNone, kPoints, kTemporality, kIsMonotonic };
constexpr KeyTable kDataFields{
    {std::pair<std::string_view, DataField>{"dataPoints", DataField::kPoints},
     {"aggregationTemporality", DataField::kTemporality},
     {"isMonotonic", DataField::kIsMonotonic}}};

MetricType type_of(Field field) {
  switch (field) {
    case Field::kIntGauge:
    case Field::kGauge: return MetricType::kGauge;
    case Field::kIntSum:
    case Field::kSum: return MetricType::kSum;
    case Field::kIntHistogram:
    case Field::kHistogram: return MetricType::kHistogram;
    case Field::kExponentialHistogram: return MetricType::kExponentialHistogram;
    default: return MetricType::kSummary;
  }
}

bool has_integers(Field field) {
  return field == Field::kIntGauge || field == Field::kIntSum || field == Field::kIntHistogram;
}

class MetricItems final : public Items {
 public:
  explicit MetricItems(Decoder& decoder)
      : decoder_(decoder), columns_(decoder.batch().metrics), points_(decoder) {}

  std::size_t size() const override { return columns_.metrics.size(); }
  void truncate(std::size_t size) override;
  void decode(std::uint32_t scope) override;

 private:
  void read(Field field, Metric& metric);
  void data(MetricType type, Metric& metric);

  Decoder& decoder_;
  model::MetricColumns& columns_;
  PointDecoder points_;
};

void MetricItems::truncate(std::size_t size) {
  columns_.metrics.resize(size);
  // Points lie in the order of their metrics.
  std::size_t points = columns_.size();
  while (points > 0 && columns_.metric[points - 1] >= size) --points;
  truncate_rows(columns_, points);
}

void MetricItems::decode(std::uint32_t scope) {
  const Decoder::Level level(decoder_);
  const Decoder::Counted start = decoder_.counted();
  const std::size_t before = columns_.size();
  const std::size_t index = columns_.metrics.size();
  Metric metric;
  metric.scope = scope;
  decoder_.claim(sizeof metric);
  columns_.metrics.push_back(metric);
  decoder_.object(kFields, "metric is not an object", [&](Field field) { read(field, metric); });
  columns_.metrics[index] = metric;
  if (!level.reason().empty()) {
    decoder_.refuse_since(start, level.reason());
    return truncate(index);
  }
  const bool had_points = decoder_.counted().total > start.total;
  if (had_points && columns_.size() == before) truncate(index);
}

void MetricItems::read(Field field, Metric& metric) {
  switch (field) {
    case Field::kName: return decoder_.text(metric.name, "metric name is not a string");
    case Field::kDescription:
      return decoder_.text(metric.description, "description is not a string");
    case Field::kUnit: return decoder_.text(metric.unit, "unit is not a string");
    case Field::kMetadata: metric.metadata = decoder_.attributes(); return;
    case Field::kNone: return;
    default: points_.expect_integers(has_integers(field)); return data(type_of(field), metric);
  }
}

void MetricItems::data(MetricType type, Metric& metric) {
  if (metric.type != MetricType::kNone) decoder_.refuse("metric has more than one kind of data");
  metric.type = type;
  const bool has_temporality = type != MetricType::kGauge && type != MetricType::kSummary;
  const auto index = static_cast<std::uint32_t>(columns_.metrics.size() - 1);
  decoder_.object(kDataFields, "data of a metric is not an object", [&](DataField field) {
    if (field == DataField::kPoints) {
      decoder_.array("dataPoints is not an array", [&] { points_.decode(type, index); });
    } else if (field == DataField::kTemporality && has_temporality) {
      decoder_.enumeration(metric.temporality, parse_temporality_name,
                           "aggregationTemporality is no temporality");
    } else if (field == DataField::kIsMonotonic && type == MetricType::kSum) {
      decoder_.boolean(metric.is_monotonic, "isMonotonic is not a boolean");
    } else {
      decoder_.json().skip();
    }
  });
}

}  // namespace

void decode_metrics(Decoder& decoder) {
  MetricItems items(decoder);
  decode_request(decoder, items);
}

}  // namespace obs::codec::otlp_json
