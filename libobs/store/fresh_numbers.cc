#include "libobs/store/fresh_numbers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libobs/codec/record.h"
#include "libobs/store/point_scan.h"
#include "libobs/store/row_json.h"

namespace obs::store {
namespace {

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

// One look through two columns, instead of at one row of each after the other.
bool may_have_text(const model::MetricColumns& points) {
  return std::any_of(points.exemplars.begin(), points.exemplars.end(),
                     [](const auto& exemplars) { return !exemplars.empty(); }) ||
         std::any_of(points.time_source.begin(), points.time_source.end(),
                     [](auto source) { return source != model::TimeSource::kSender; });
}

bool is_before(const NumberRow& a, const NumberRow& b) { return a.time < b.time; }

}  // namespace

FreshNumbers::FreshNumbers(std::shared_ptr<const RowSet> set,
                           std::shared_ptr<const PointSeries> series, std::vector<RowRef> refs)
    : set_(std::move(set)), series_(std::move(series)) {
  for (const RowBatch& batch : set_->batches()) {
    const model::MetricColumns& points = batch.batch->metrics;
    columns_.push_back({points.time.data(), points.start_time.data(), points.value.data(),
                        points.exemplars.data(), points.flags.data(), points.time_source.data(),
                        batch.first_seq, may_have_text(points)});
  }
  gather(std::move(refs));
}

// Batch after batch, each row to the others of its series: that is to one place, while what it is
// made of lies in six, which would have to be looked for in hundreds of batches for each series.
void FreshNumbers::gather(std::vector<RowRef> refs) {
  rows_ = {arena_.allocate_array<NumberRow>(refs.size()), refs.size()};
  SeriesPlaces places(*series_, refs);
  for (const RowRef ref : refs) new (&rows_[places.next(series_->id(ref))]) NumberRow(row_of(ref));
  places.each_end([&](std::uint32_t id, std::size_t end) { stretches_.push_back({id, end}); });
}

NumberRow FreshNumbers::row_of(RowRef ref) {
  const Columns& points = columns_[ref.batch];
  const std::uint32_t row = ref.row;
  return {points.time[row],
          points.start_time[row],
          points.first_seq,
          row,
          points.flags[row],
          points.value[row],
          points.may_have_text ? text_of(points, row) : nullptr};
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
  if (next_ == stretches_.size()) return SeriesRows();
  const Stretch& stretch = stretches_[next_++];
  const auto rows = rows_.subspan(begin_, stretch.end - begin_);
  begin_ = stretch.end;
  if (!std::is_sorted(rows.begin(), rows.end(), is_before)) {
    std::stable_sort(rows.begin(), rows.end(), is_before);
  }
  return SeriesRows{stretch.series, rows};
}

}  // namespace obs::store
