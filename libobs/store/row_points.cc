// The columns of metric data points at rest: those of the metric itself, then those of a number,
// then those of the three distributions.

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <vector>

#include "libobs/codec/record.h"
#include "libobs/store/plain_double.h"
#include "libobs/store/row_fill.h"

namespace obs::store {
namespace {

using model::Distribution;
using model::Metric;
using model::MetricColumns;
using model::MetricType;
using model::ValueKind;

const Metric& metric_of(const model::Batch& batch, std::uint32_t row) {
  return batch.metrics.metrics[batch.metrics.metric[row]];
}

struct PointRecords {
  static std::uint32_t scope(const model::Batch& batch, std::uint32_t row) {
    return metric_of(batch, row).scope;
  }

  static void add_extra(ExtraJson& extra, const RowBatch& b, std::uint32_t row) {
    extra.add_time_source(b.batch->metrics.time_source[row]);
    add_exact_numbers(extra, b.batch->metrics.value[row]);
    if (const Distribution* distribution = b.batch->metrics.distribution[row]) {
      add_exact_numbers(extra, *distribution);
    }
    const Metric& metric = metric_of(*b.batch, row);
    if (!metric.metadata.empty()) extra.add_object(metric_extra_json(metric));
  }
};

using Origin = OriginColumns<PointRecords>;

template <auto Member>
const auto& column(const model::Batch& batch) {
  return batch.metrics.*Member;
}

template <std::string_view Metric::*Member>
void fill_metric_text(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    out.text_or_null(i, metric_of(*b.batch, row).*Member);
  });
}

void fill_temporality(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const std::int32_t temporality = metric_of(*b.batch, row).temporality;
    const std::string_view name = model::temporality_name(temporality);
    if (temporality == 0 || !name.empty()) return out.text_or_null(i, name);
    out.made_text(i, temporality_text(temporality));
  });
}

void fill_is_monotonic(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const Metric& metric = metric_of(*b.batch, row);
    if (metric.type != MetricType::kSum) return out.null(i);
    out.set(i, metric.is_monotonic);
  });
}

void fill_start_time(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const Timestamp start = b.batch->metrics.start_time[row];
    if (start == 0) return out.null(i);
    out.set(i, start);
  });
}

// Every number as a double, so that one column answers most questions…
void fill_value(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const model::Value& value = b.batch->metrics.value[row];
    if (value.kind() == ValueKind::kInt) return out.set(i, static_cast<double>(value.as_int()));
    if (value.kind() == ValueKind::kDouble) return out.set(i, to_plain(value.as_double()));
    out.null(i);
  });
}

// …and integers exactly, which beyond 2^53 a double does not hold.
void fill_value_int(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const model::Value& value = b.batch->metrics.value[row];
    if (value.kind() != ValueKind::kInt) return out.null(i);
    out.set(i, value.as_int());
  });
}

// A column of the distributions of some types, NULL for every other point. `fill` writes a row.
template <class Fill>
void fill_distribution(const RowSlice& rows, ColumnOut& out,
                       std::initializer_list<MetricType> types, Fill fill) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const Distribution* distribution = b.batch->metrics.distribution[row];
    const MetricType type = metric_of(*b.batch, row).type;
    const bool has = std::find(types.begin(), types.end(), type) != types.end();
    if (distribution == nullptr || !has) return out.null(i);
    fill(i, *distribution);
  });
}

constexpr std::initializer_list<MetricType> kAnyDistribution = {
    MetricType::kHistogram, MetricType::kExponentialHistogram, MetricType::kSummary};

template <std::optional<double> Distribution::*Member>
void fill_statistic(const RowSlice& rows, ColumnOut& out) {
  fill_distribution(rows, out, kAnyDistribution, [&](idx_t i, const Distribution& d) {
    const std::optional<double>& value = d.*Member;
    if (!value) return out.null(i);
    out.set(i, to_plain(*value));
  });
}

template <auto Member>
void fill_exponential(const RowSlice& rows, ColumnOut& out) {
  fill_distribution(rows, out, {MetricType::kExponentialHistogram},
                    [&](idx_t i, const Distribution& d) { out.set(i, d.*Member); });
}

void fill_zero_threshold(const RowSlice& rows, ColumnOut& out) {
  fill_distribution(
      rows, out, {MetricType::kExponentialHistogram},
      [&](idx_t i, const Distribution& d) { out.set(i, to_plain(d.zero_threshold)); });
}

// A NULL list still needs an entry that DuckDB can follow. `list(distribution)` is a histogram's.
template <class List>
void fill_histogram_list(const RowSlice& rows, ColumnOut& out, List list) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const Distribution* distribution = b.batch->metrics.distribution[row];
    const bool has =
        distribution != nullptr && metric_of(*b.batch, row).type == MetricType::kHistogram;
    const auto items = list(has ? *distribution : Distribution());
    out.list(i, items);
    if (!has) out.null(i);
  });
}

void fill_bounds(const RowSlice& rows, ColumnOut& out) {
  std::vector<double> plain;
  fill_histogram_list(rows, out, [&](const Distribution& d) {
    plain.resize(d.bounds.size());
    std::transform(d.bounds.begin(), d.bounds.end(), plain.begin(), to_plain);
    return std::span<const double>(plain);
  });
}

void fill_counts(const RowSlice& rows, ColumnOut& out) {
  fill_histogram_list(rows, out, [](const Distribution& d) { return d.counts; });
}

template <model::BucketRun Distribution::*Run, bool Distribution::*Has>
void fill_buckets(const RowSlice& rows, ColumnOut& out) {
  std::string json;
  fill_distribution(rows, out, {MetricType::kExponentialHistogram},
                    [&](idx_t i, const Distribution& d) {
                      if (!(d.*Has)) return out.null(i);
                      json.clear();
                      codec::append_record_buckets(json, d.*Run);
                      out.made_text(i, json);
                    });
}

void fill_quantiles(const RowSlice& rows, ColumnOut& out) {
  std::string json;
  fill_distribution(rows, out, {MetricType::kSummary}, [&](idx_t i, const Distribution& d) {
    if (d.quantiles.empty()) return out.null(i);
    json.clear();
    codec::append_record_quantiles(json, d.quantiles);
    out.made_text(i, json);
  });
}

constexpr RowColumn kColumns[] = {
    {"time", CellType::kTimestamp,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<Timestamp>(rows, out, column<&MetricColumns::time>);
     }},
    {"start_time", CellType::kTimestamp, fill_start_time},
    {"name", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
         out.text(i, metric_of(*b.batch, row).name);
       });
     }},
    {"service", CellType::kText, Origin::service},
    {"type", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
         out.text_or_null(i, model::to_string(metric_of(*b.batch, row).type));
       });
     }},
    {"unit", CellType::kText, fill_metric_text<&Metric::unit>},
    {"description", CellType::kText, fill_metric_text<&Metric::description>},
    {"temporality", CellType::kText, fill_temporality},
    {"is_monotonic", CellType::kBool, fill_is_monotonic},
    {"attributes", CellType::kJson,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_attributes(rows, out, column<&MetricColumns::attributes>);
     }},
    {"value", CellType::kDouble, fill_value},
    {"value_int", CellType::kInt64, fill_value_int},
    {"count", CellType::kUint64,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_distribution(rows, out, kAnyDistribution,
                         [&](idx_t i, const Distribution& d) { out.set(i, d.count); });
     }},
    {"sum", CellType::kDouble, fill_statistic<&Distribution::sum>},
    {"min", CellType::kDouble, fill_statistic<&Distribution::min>},
    {"max", CellType::kDouble, fill_statistic<&Distribution::max>},
    {"bounds", CellType::kDoubles, fill_bounds},
    {"counts", CellType::kUint64s, fill_counts},
    {"scale", CellType::kInt32, fill_exponential<&Distribution::scale>},
    {"zero_count", CellType::kUint64, fill_exponential<&Distribution::zero_count>},
    {"zero_threshold", CellType::kDouble, fill_zero_threshold},
    {"positive", CellType::kJson,
     fill_buckets<&Distribution::positive, &Distribution::has_positive>},
    {"negative", CellType::kJson,
     fill_buckets<&Distribution::negative, &Distribution::has_negative>},
    {"quantiles", CellType::kJson, fill_quantiles},
    {"exemplars", CellType::kJson,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_json_list(rows, out, column<&MetricColumns::exemplars>, codec::append_record_exemplars);
     }},
    {"flags", CellType::kUint32,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<std::uint32_t>(rows, out, column<&MetricColumns::flags>);
     }},
    {"resource", CellType::kJson, Origin::resource},
    {"scope", CellType::kJson, Origin::scope},
    {"seq", CellType::kUint64, Origin::seq},
    {"project", CellType::kText, Origin::project},
    {"resource_id", CellType::kUint32, Origin::resource_id},
    {"extra", CellType::kJson, Origin::extra},
    {"block", CellType::kUint32, Origin::block},
};

}  // namespace

std::span<const RowColumn> point_columns() { return kColumns; }

}  // namespace obs::store
