#include "libobs/codec/remote_write_series.h"

#include <algorithm>
#include <limits>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/codec/remote_write.h"

namespace obs::codec {
namespace {

using model::Attributes;
using model::Exemplar;

// A metric and its entry in the table by which it is found again.
constexpr std::size_t kMetricCost = 512;

constexpr std::int64_t kMostMs = std::numeric_limits<Timestamp>::max() / kMillisecond;

bool is_text(const SentSeries& series) {
  if (series.is_text) return true;
  const PrometheusLabels& labels = series.labels;
  for (const std::string_view text : {labels.name(), labels.job(), labels.instance()}) {
    if (!is_valid_utf8(text)) return false;
  }
  const Attributes attributes = labels.attributes();
  return std::all_of(attributes.begin(), attributes.end(), [](const model::KeyValue& label) {
    return is_valid_utf8(label.key) && is_valid_utf8(label.value.as_string());
  });
}

std::string_view find_wrong(SentSeries& series) {
  if (!series.wrong.empty()) return series.wrong;
  if (const auto wrong = series.labels.settle(); !wrong.empty()) return wrong;
  if (!is_text(series)) return "a label is not UTF-8";
  return {};
}

std::uint64_t hash_series(std::string_view name, std::string_view service, Attributes attributes) {
  std::uint64_t hash = hash64(name, hash64(service));
  for (const auto& [key, value] : attributes) {
    hash = hash64(value.as_string(), hash64(key, hash));
  }
  return hash;
}

}  // namespace

PrometheusBatch::Series SeriesWriter::head(const SentSeries& series, PrometheusValue value) const {
  return {series.labels.name(), series.labels.job(), series.labels.instance(), series.metadata,
          value};
}

std::uint32_t SeriesWriter::metric(const PrometheusBatch::Series& series) {
  const std::size_t before = batch_.metrics.metrics.size();
  const std::uint32_t index = names_.metric(series);
  if (batch_.metrics.metrics.size() > before) decoder_.claim(kMetricCost);
  return index;
}

void SeriesWriter::write(SentSeries& series) {
  series.wrong = find_wrong(series);
  PointRow row;
  const bool alone = series.samples.empty() && series.histograms.empty();
  if (series.wrong.empty() && !(alone && series.exemplars.empty())) {
    const Attributes labels = series.labels.attributes();
    decoder_.claim(labels.size_bytes());
    row.attributes = decoder_.arena().copy_array(labels);
  }
  const std::size_t before = batch_.metrics.size();
  samples(series, row);
  if (!series.histograms.empty()) histograms(series, row);
  if (series.exemplars.empty()) return;
  decoder_.claim(series.exemplars.size() * sizeof(Exemplar));
  const auto exemplars = decoder_.arena().copy_array(std::span<const Exemplar>(series.exemplars));
  if (batch_.metrics.size() > before) {
    batch_.metrics.exemplars.back() = exemplars;
  } else if (alone && series.wrong.empty()) {
    lone_.push_back({head(series, PrometheusValue::kFloat), row.attributes, exemplars});
  } else if (alone) {
    // There is no sample to be rejected instead.
    decoder_.begin_record(series.labels.name());
    decoder_.reject(series.wrong);
    decoder_.end_record();
  }
}

void SeriesWriter::samples(const SentSeries& series, PointRow row) {
  if (series.samples.empty()) return;
  if (series.wrong.empty()) row.metric = metric(head(series, PrometheusValue::kFloat));
  for (const SentSample& sample : series.samples) {
    decoder_.begin_record(series.labels.name());
    if (!series.wrong.empty()) decoder_.reject(series.wrong);
    row.flags = 0;
    row.value = {};
    set_sample(row, sample.value);
    append(row, sample.time_ms, sample.start_ms != 0 ? sample.start_ms : series.start_ms);
  }
}

void SeriesWriter::histograms(const SentSeries& series, PointRow row) {
  for (const std::string_view message : series.histograms) {
    histogram_.clear();
    read_native_histogram(message, histogram_);
    decoder_.begin_record(message);
    model::Distribution made;
    row.flags = histogram_.is_stale() ? 1 : 0;
    if (!series.wrong.empty()) decoder_.reject(series.wrong);
    if (const auto wrong = to_distribution(histogram_, decoder_, made); !wrong.empty()) {
      decoder_.reject(wrong);
    } else if (series.wrong.empty()) {
      PrometheusBatch::Series named = head(series, histogram_.value());
      if (histogram_.is_gauge) named.metadata.type = PrometheusType::kGaugeHistogram;
      row.metric = metric(named);
    }
    decoder_.claim(sizeof(made));
    row.distribution = decoder_.arena().copy_array<model::Distribution>({&made, 1}).data();
    append(row, histogram_.timestamp_ms,
           histogram_.start_ms != 0 ? histogram_.start_ms : series.start_ms);
  }
}

Timestamp SeriesWriter::time(std::int64_t ms) {
  if (ms <= kMostMs && ms >= -kMostMs) return ms * kMillisecond;
  decoder_.reject("a timestamp is not between the years 1677 and 2262");
  return 0;
}

void SeriesWriter::append(PointRow& row, std::int64_t time_ms, std::int64_t start_ms) {
  row.time = {time(time_ms), model::TimeSource::kSender};
  row.start_time = time(start_ms);
  if (time_ms == 0) decoder_.reject("a timestamp is 0, which OTLP cannot tell from none");
  if (batch_.received != 0 && row.time.time > batch_.received + kMaxAhead) {
    decoder_.reject("a timestamp is more than 10 minutes ahead of our clock");
  }
  decoder_.claim(sizeof(PointRow));
  if (decoder_.end_record()) append_row(batch_.metrics, row);
}

std::uint64_t SeriesWriter::hash_row(std::size_t row) const {
  const model::Metric& metric = batch_.metrics.metrics[batch_.metrics.metric[row]];
  const model::Scope& scope = batch_.scopes[metric.scope];
  return hash_series(metric.name, batch_.resources[scope.resource].service,
                     batch_.metrics.attributes[row]);
}

bool SeriesWriter::is_row(std::size_t row, const Lone& lone) const {
  const model::Metric& metric = batch_.metrics.metrics[batch_.metrics.metric[row]];
  const model::Resource& resource = batch_.resources[batch_.scopes[metric.scope].resource];
  const model::Value* instance = model::find_attribute(resource.attributes, "service.instance.id");
  const Attributes attributes = batch_.metrics.attributes[row];
  return metric.name == lone.series.name && resource.service == lone.series.job &&
         (instance == nullptr ? "" : instance->as_string()) == lone.series.instance &&
         std::equal(attributes.begin(), attributes.end(), lone.attributes.begin(),
                    lone.attributes.end());
}

void SeriesWriter::finish() {
  if (lone_.empty()) return;
  std::unordered_multimap<std::uint64_t, std::size_t> rows;
  for (std::size_t row = 0; row < batch_.metrics.size(); ++row) rows.emplace(hash_row(row), row);
  for (const Lone& lone : lone_) join(lone, rows);
}

void SeriesWriter::join(const Lone& lone,
                        std::unordered_multimap<std::uint64_t, std::size_t>& rows) {
  auto& exemplars = batch_.metrics.exemplars;
  const std::uint64_t hash = hash_series(lone.series.name, lone.series.job, lone.attributes);
  const auto [begin, end] = rows.equal_range(hash);
  const auto found =
      std::find_if(begin, end, [&](const auto& entry) { return is_row(entry.second, lone); });
  if (found != end) {
    std::span<const Exemplar>& held = exemplars[found->second];
    decoder_.claim(held.size_bytes() + lone.exemplars.size_bytes());
    auto* both = decoder_.arena().allocate_array<Exemplar>(held.size() + lone.exemplars.size());
    std::uninitialized_copy(held.begin(), held.end(), both);
    std::uninitialized_copy(lone.exemplars.begin(), lone.exemplars.end(), both + held.size());
    held = {both, held.size() + lone.exemplars.size()};
    return;
  }
  decoder_.begin_record(lone.series.name);
  PointRow row;
  row.metric = metric(lone.series);
  row.attributes = lone.attributes;
  row.exemplars = lone.exemplars;
  row.time = resolve_time(lone.exemplars.back().time, 0, batch_.received);
  decoder_.claim(sizeof(row));
  if (!decoder_.end_record()) return;
  rows.emplace(hash, batch_.metrics.size());
  append_row(batch_.metrics, row);
}

}  // namespace obs::codec
