#include "libobs/store/fresh_numbers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libobs/codec/record.h"
#include "libobs/store/point_scan.h"
#include "libobs/store/row_json.h"

namespace obs::store {
namespace {

// A row this far ahead is fetched from memory: a flush has more batches than caches hold.
constexpr std::size_t kAhead = 24;

std::string exemplars_json(std::span<const model::Exemplar> exemplars) {
  std::string json;
  if (!exemplars.empty()) codec::append_record_exemplars(json, exemplars);
  return json;
}

// What a point has to itself; what it shares with others is in its series.
std::string extra_json(model::TimeSource source) {
  std::string json;
  ExtraJson extra(json);
  extra.add_time_source(source);
  extra.finish();
  return json;
}

bool is_before(const NumberRow& a, const NumberRow& b) { return a.time < b.time; }

}  // namespace

FreshNumbers::FreshNumbers(std::shared_ptr<const RowSet> set,
                           std::shared_ptr<const PointSeries> series, std::vector<RowRef> refs)
    : set_(std::move(set)), series_(std::move(series)), refs_(std::move(refs)) {
  group_by_series(*series_, refs_);
  for (const RowBatch& batch : set_->batches()) {
    const model::MetricColumns& points = batch.batch->metrics;
    columns_.push_back({points.time.data(), points.start_time.data(), points.value.data(),
                        points.exemplars.data(), points.flags.data(), points.time_source.data(),
                        batch.first_seq});
  }
}

void FreshNumbers::prefetch(RowRef ref) const {
  const Columns& points = columns_[ref.batch];
  __builtin_prefetch(points.time + ref.row);
  __builtin_prefetch(points.start_time + ref.row);
  __builtin_prefetch(points.value + ref.row);
  __builtin_prefetch(points.exemplars + ref.row);
  __builtin_prefetch(points.flags + ref.row);
  __builtin_prefetch(points.time_source + ref.row);
}

// All of a row in one go: series that are measured together are near each other in their batches,
// so what is read for one is still at hand for the next.
NumberRow FreshNumbers::row_of(RowRef ref) {
  const Columns& points = columns_[ref.batch];
  const std::uint32_t row = ref.row;
  return {points.time[row],  points.start_time[row], points.first_seq,    row,
          points.flags[row], points.value[row],      text_of(points, row)};
}

const PointText* FreshNumbers::text_of(const Columns& points, std::uint32_t row) {
  const bool is_plain =
      points.exemplars[row].empty() && points.time_source[row] == model::TimeSource::kSender;
  if (is_plain) return nullptr;
  PointText text;
  const std::string exemplars = exemplars_json(points.exemplars[row]);
  const std::string extra = extra_json(points.time_source[row]);
  if (!exemplars.empty()) text.exemplars = arena_.copy(exemplars);
  if (!extra.empty()) text.extra = arena_.copy(extra);
  return &texts_.emplace_back(text);
}

Result<SeriesRows> FreshNumbers::next() {
  rows_.clear();
  if (next_ == refs_.size()) return SeriesRows();
  const std::uint32_t id = series_->id(refs_[next_]);
  while (next_ < refs_.size() && series_->id(refs_[next_]) == id) {
    if (next_ + kAhead < refs_.size()) prefetch(refs_[next_ + kAhead]);
    rows_.push_back(row_of(refs_[next_++]));
  }
  if (!std::is_sorted(rows_.begin(), rows_.end(), is_before)) {
    std::stable_sort(rows_.begin(), rows_.end(), is_before);
  }
  return SeriesRows{id, rows_};
}

}  // namespace obs::store
