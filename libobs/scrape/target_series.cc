#include "libobs/scrape/target_series.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/codec/columns.h"

namespace obs::scrape {
namespace {

using codec::ExposedSample;
using codec::Exposition;
using codec::PointRow;
using codec::PrometheusBatch;
using codec::PrometheusMetadata;
using codec::PrometheusType;
using codec::PrometheusValue;
using model::KeyValue;
using model::Value;

constexpr std::string_view kName = "__name__";
constexpr std::string_view kReports[] = {"up", "scrape_duration_seconds", "scrape_samples_scraped",
                                         "scrape_samples_post_metric_relabeling",
                                         "scrape_series_added"};

double stale() { return std::bit_cast<double>(codec::kStalenessBits); }

// As Prometheus does: a label of the target wins, and the sample's goes to exported_…, unless the
// target honors labels.
void merge_labels(const Target& target, Labels& labels) {
  for (const auto& [name, value] : target.labels) {
    const auto own = labels.find(name);
    if (own == labels.end()) {
      labels.emplace(name, value);
    } else if (!target.config->honor_labels) {
      std::string exported = "exported_" + name;
      while (labels.find(exported) != labels.end() ||
             target.labels.find(exported) != target.labels.end()) {
        exported.insert(0, "exported_");
      }
      std::string held = std::exchange(own->second, value);
      labels.emplace(std::move(exported), std::move(held));
    }
  }
}

Result<void> check_limits(const ScrapeLimits& limits, const Labels& labels) {
  const auto exceeds = [](std::size_t size, std::size_t limit) {
    return limit != 0 && size > limit;
  };
  if (exceeds(labels.size(), limits.label_limit)) {
    return fail(Errc::kLimitExceeded, fmt::format("a series has {} labels, the label_limit is {}",
                                                  labels.size(), limits.label_limit));
  }
  for (const auto& [name, value] : labels) {
    if (exceeds(name.size(), limits.label_name_length_limit) ||
        exceeds(value.size(), limits.label_value_length_limit)) {
      return fail(Errc::kLimitExceeded,
                  fmt::format("label {} or its value is longer than the config's limit",
                              name.substr(0, 100)));
    }
  }
  return {};
}

}  // namespace

// One batch in the making.
class TargetSeries::Builder {
 public:
  explicit Builder(Timestamp time) : time_(time), names_(batch_) {
    batch_.signal = model::Signal::kMetrics;
    batch_.received = time;
  }

  model::Batch& batch() { return batch_; }
  Arena& arena() { return *batch_.arena; }

  // nullopt: the very same series is there already.
  std::optional<std::uint64_t> add(const Labels& labels, const PrometheusMetadata& metadata,
                                   PrometheusValue kind, PointRow row) {
    PrometheusBatch::Series series;
    series.metadata = metadata;
    series.value = kind;
    std::vector<KeyValue> rest;
    std::uint64_t hash = 0;
    for (const auto& [name, value] : labels) {
      const std::string_view kept = arena().copy(value);
      hash = hash64(kept, hash64(name, hash));
      if (name == kName) {
        series.name = kept;
      } else if (name == "job") {
        series.job = kept;
      } else if (name == "instance") {
        series.instance = kept;
      } else {
        rest.push_back({arena().copy(name), Value::string(kept)});
      }
    }
    if (!hashes_.insert(hash).second) return std::nullopt;
    row.metric = names_.metric(series);
    row.attributes = arena().copy_array(std::span<const KeyValue>(rest));
    if (row.time.time == 0) row.time = {time_, model::TimeSource::kSender};
    append_row(batch_.metrics, row);
    return hash;
  }

  void report(const Target& target, std::string_view name, double value) {
    Labels labels = target.labels;
    labels[std::string(kName)] = name;
    PrometheusMetadata metadata;
    metadata.type = PrometheusType::kGauge;
    PointRow row;
    codec::set_sample(row, value);
    add(labels, metadata, PrometheusValue::kFloat, row);
  }

  void report_all(const Target& target, const double (&values)[std::size(kReports)]) {
    for (std::size_t i = 0; i < std::size(kReports); ++i) report(target, kReports[i], values[i]);
  }

  // A marker for a row of another batch, which does not live as long.
  void add_ended(const model::Batch& from, std::uint32_t index) {
    const model::Metric& metric = from.metrics.metrics[from.metrics.metric[index]];
    const model::Resource& resource = from.resources[from.scopes[metric.scope].resource];
    Labels labels;
    labels[std::string(kName)] = metric.name;
    const auto add_label = [&labels](std::string_view name, const Value* value) {
      if (value != nullptr) labels[std::string(name)] = value->as_string();
    };
    add_label("job", model::find_attribute(resource.attributes, "service.name"));
    add_label("instance", model::find_attribute(resource.attributes, "service.instance.id"));
    for (const auto& [key, value] : from.metrics.attributes[index]) add_label(key, &value);
    PrometheusMetadata metadata;
    if (const Value* type = model::find_attribute(metric.metadata, codec::kPrometheusTypeKey)) {
      metadata.type = codec::parse_prometheus_type(type->as_string()).value_or(metadata.type);
    }
    metadata.unit = arena().copy(metric.unit);
    metadata.help = arena().copy(metric.description);
    PointRow row;
    codec::set_sample(row, stale());
    PrometheusValue kind = PrometheusValue::kFloat;
    if (from.metrics.distribution[index] != nullptr) {
      kind = PrometheusValue::kNativeHistogram;
      const model::Distribution empty;
      row.distribution = arena().copy_array<model::Distribution>({&empty, 1}).data();
    }
    add(labels, metadata, kind, row);
  }

  PointRow row_of(const ExposedSample& sample, bool honor_timestamps) {
    PointRow row;
    row.time = {honor_timestamps ? sample.time.value_or(time_) : time_, model::TimeSource::kSender};
    row.start_time = sample.start_time;
    row.distribution = sample.distribution;
    if (sample.kind == PrometheusValue::kFloat) {
      codec::set_sample(row, sample.value);
    } else if (sample.is_stale) {
      codec::set_sample(row, stale());
    }
    std::vector<model::Exemplar> exemplars(sample.exemplars.begin(), sample.exemplars.end());
    for (model::Exemplar& exemplar : exemplars) {
      if (exemplar.time == 0) exemplar.time = row.time.time;
    }
    row.exemplars = arena().copy_array(std::span<const model::Exemplar>(exemplars));
    return row;
  }

 private:
  const Timestamp time_;
  model::Batch batch_;
  PrometheusBatch names_;
  std::unordered_set<std::uint64_t> hashes_;
};

TargetSeries::TargetSeries(std::shared_ptr<const Target> target) : target_(std::move(target)) {}

Result<model::Batch> TargetSeries::take(const Exposition& exposition, Timestamp time,
                                        double seconds) {
  Builder builder(time);
  builder.arena().keep(exposition.arena);
  const ScrapeConfig& config = *target_->config;
  std::vector<std::uint32_t> rows;
  std::unordered_set<std::uint64_t> current;
  std::size_t kept = 0;
  std::size_t added = 0;
  for (const ExposedSample& sample : exposition.samples) {
    Labels labels;
    for (const auto& [key, value] : sample.labels) {
      if (!labels.emplace(key, value.as_string()).second) {
        return fail(Errc::kMalformed,
                    fmt::format("a series of {} has label {} twice", sample.name, key));
      }
    }
    merge_labels(*target_, labels);
    labels[std::string(kName)] = sample.name;
    if (!relabel(config.metric_relabel, labels)) continue;
    if (labels.find(kName) == labels.end()) {
      return fail(Errc::kMalformed,
                  fmt::format("relabeling left a series of {} without a name", sample.name));
    }
    OBS_TRY_VOID(check_limits(config.limits, labels));
    ++kept;
    if (config.limits.sample_limit != 0 && kept > config.limits.sample_limit) {
      return fail(Errc::kLimitExceeded, fmt::format("more samples than its sample_limit of {}",
                                                    config.limits.sample_limit));
    }
    const auto hash = builder.add(labels, exposition.families[sample.family].metadata, sample.kind,
                                  builder.row_of(sample, config.honor_timestamps));
    if (!hash) continue;
    if (hashes_.find(*hash) == hashes_.end()) ++added;
    // A sample with a time of its own says by it how long it holds.
    if (config.honor_timestamps && sample.time) continue;
    current.insert(*hash);
    rows.push_back(static_cast<std::uint32_t>(builder.batch().size() - 1));
  }
  const auto alive = std::make_shared<const model::Batch>(builder.batch());
  add_ended(builder, current);
  builder.report_all(*target_, {1, seconds, static_cast<double>(exposition.samples.size()),
                                static_cast<double>(kept), static_cast<double>(added)});
  last_ = alive;
  rows_ = std::move(rows);
  hashes_ = std::move(current);
  reported_ = true;
  return std::move(builder.batch());
}

void TargetSeries::add_ended(Builder& builder,
                             const std::unordered_set<std::uint64_t>& current) const {
  if (last_ == nullptr) return;
  // What goes on has been added before: the builder takes no series twice.
  if (current.size() == hashes_.size() &&
      std::all_of(hashes_.begin(), hashes_.end(),
                  [&](std::uint64_t hash) { return current.count(hash) != 0; })) {
    return;
  }
  for (const std::uint32_t row : rows_) builder.add_ended(*last_, row);
}

model::Batch TargetSeries::fail_scrape(Timestamp time, double seconds) {
  Builder builder(time);
  add_ended(builder, {});
  builder.report_all(*target_, {0, seconds, 0, 0, 0});
  last_ = nullptr;
  rows_.clear();
  hashes_.clear();
  reported_ = true;
  return std::move(builder.batch());
}

model::Batch TargetSeries::end(Timestamp time) {
  Builder builder(time);
  add_ended(builder, {});
  if (reported_) builder.report_all(*target_, {stale(), stale(), stale(), stale(), stale()});
  last_ = nullptr;
  rows_.clear();
  hashes_.clear();
  reported_ = false;
  return std::move(builder.batch());
}

}  // namespace obs::scrape
