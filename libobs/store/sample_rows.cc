#include "libobs/store/sample_rows.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/duckdb_value.h"
#include "libobs/store/sample_distributions.h"

namespace obs::store {
namespace {

using model::Value;
using model::ValueKind;

double stale() { return stale_number(); }

// Of rows that are alike and sorted by time, those in the range.
std::pair<std::uint32_t, std::uint32_t> rows_in(const NumbersCursor& rows, std::uint32_t count,
                                                const SampleRange& range) {
  if (rows.time(0) >= range.since && rows.time(count - 1) < range.until) return {0, count};
  std::uint32_t begin = 0;
  while (begin < count && rows.time(begin) < range.since) ++begin;
  std::uint32_t end = begin;
  while (end < count && rows.time(end) < range.until) ++end;
  return {begin, end};
}

Timestamp to_time(const Value& value) {
  return value.kind() == ValueKind::kInt ? value.as_int() : 0;
}

}  // namespace

// The columns of select_numbers(), by place.
struct NumberViews {
  explicit NumberViews(DuckdbChunks& chunks)
      : series(view(chunks, 0)),
        time(view(chunks, 1)),
        start_time(view(chunks, 2)),
        units(view(chunks, 3)),
        offset(view(chunks, 4)),
        divisor(view(chunks, 5)),
        raw(view(chunks, 6)),
        flags(view(chunks, 7)) {}

  static VectorView view(DuckdbChunks& chunks, idx_t column) {
    return VectorView(chunks.api(), chunks.api().data_chunk_get_vector(chunks.chunk(), column));
  }

  double value(idx_t row) const {
    if ((flags.at<std::uint32_t>(row) & kNoRecordedValue) != 0) return stale();
    if (!raw.is_null(row)) return raw.at<double>(row);
    if (units.is_null(row)) return stale();
    // As to_value() does, without its detours.
    const auto shifted = static_cast<std::uint64_t>(units.at<std::int64_t>(row)) -
                         static_cast<std::uint64_t>(offset.at<std::int64_t>(row));
    if (divisor.is_null(row)) return static_cast<double>(static_cast<std::int64_t>(shifted));
    const auto by = divisor.at<double>(row);
    if (by == 0) return std::bit_cast<double>(shifted);
    return static_cast<double>(static_cast<std::int64_t>(shifted)) / by;
  }

  VectorView series, time, start_time, units, offset, divisor, raw, flags;
};

namespace {

constexpr idx_t kNumberArrival = 8;

// By time; of one time the last to arrive.
template <class Row>
void settle(std::vector<Row>& rows) {
  const auto before = [](const Row& a, const Row& b) { return a.time < b.time; };
  const auto arrived_before = [](const Row& a, const Row& b) {
    return std::tie(a.time, a.arrival) < std::tie(b.time, b.arrival);
  };
  const auto same = [](const Row& a, const Row& b) { return a.time == b.time; };
  if (!std::is_sorted(rows.begin(), rows.end(), before) ||
      std::adjacent_find(rows.begin(), rows.end(), same) != rows.end()) {
    std::stable_sort(rows.begin(), rows.end(), arrived_before);
  }
  // unique() keeps the first, so it is done backwards.
  const auto kept = std::unique(rows.rbegin(), rows.rend(), same);
  rows.erase(rows.begin(), kept.base());
}

}  // namespace

SampleRows::SampleRows(std::span<const std::vector<std::uint32_t>> ids, std::size_t expected)
    : gathered_(ids.size()), expected_(expected) {
  for (std::size_t target = 0; target < ids.size(); ++target) {
    for (const std::uint32_t id : ids[target]) places_[id] = target;
  }
}

SampleRows::Gathered* SampleRows::find(std::uint32_t series_id) {
  const auto found = places_.find(series_id);
  return found == places_.end() ? nullptr : &gathered_[found->second];
}

Result<void> SampleRows::count(std::size_t rows) {
  samples_ += rows;
  if (samples_ <= kMaxSamples) return {};
  return fail(Errc::kLimitExceeded,
              fmt::format("more than {} samples at a time; ask for a shorter range", kMaxSamples));
}

Arena& SampleRows::arena_of(Gathered& gathered) {
  if (gathered.arena == nullptr) gathered.arena = std::make_shared<Arena>();
  return *gathered.arena;
}

void SampleRows::add_run(const NumberViews& views, idx_t begin, idx_t end, SampleNumbers& numbers) {
  const auto* times = static_cast<const Timestamp*>(views.time.data);
  const auto* starts = static_cast<const Timestamp*>(views.start_time.data);
  numbers.times.insert(numbers.times.end(), times + begin, times + end);
  const std::size_t first = numbers.start_times.size();
  numbers.start_times.insert(numbers.start_times.end(), starts + begin, starts + end);
  if (views.start_time.validity != nullptr) {
    for (idx_t row = begin; row < end; ++row) {
      if (views.start_time.is_null(row)) numbers.start_times[first + row - begin] = 0;
    }
  }
  numbers.values.resize(first + end - begin);
  double* value = numbers.values.data() + first;
  for (idx_t row = begin; row < end; ++row) *value++ = views.value(row);
}

bool SampleRows::has_any(const ParquetCells<std::int32_t>& series) {
  std::optional<std::int32_t> last;
  const auto is_wanted = [&](std::int32_t id) {
    if (last == id) return false;
    last = id;
    return find(static_cast<std::uint32_t>(id)) != nullptr;
  };
  for (const auto& stretch : series.stretches) {
    if (stretch.kind == ParquetStretch<std::int32_t>::Kind::kSame) {
      if (is_wanted(stretch.same)) return true;
      continue;
    }
    const auto* each = series.values.data() + stretch.first;
    if (std::any_of(each, each + stretch.count, is_wanted)) return true;
  }
  return false;
}

Result<void> SampleRows::add_group(const NumbersPart& part, std::size_t group,
                                   const SampleRange& range, bool with_arrival) {
  has_arrival_ = with_arrival;
  OBS_TRY(auto series, part.read_series(group));
  if (!has_any(series)) return {};
  OBS_TRY(const NumbersGroup columns, part.read(group, std::move(series), with_arrival));
  NumbersCursor rows(columns);
  for (std::uint32_t left = rows.rows_of_series(); left > 0; left = rows.rows_of_series()) {
    Gathered* gathered = find(rows.series());
    if (gathered == nullptr) {
      rows.skip(left);
      continue;
    }
    if (gathered->numbers.times.empty()) gathered->numbers.reserve(expected_);
    while (left > 0) {
      const std::uint32_t alike = rows.alike(left);
      const auto [begin, end] = rows_in(rows, alike, range);
      if (begin < end) {
        OBS_TRY_VOID(count(end - begin));
        gathered->numbers.add(rows, begin, end, with_arrival);
      }
      rows.skip(alike);
      left -= alike;
    }
  }
  return {};
}

// Rows come in runs of one series.
Result<void> SampleRows::add_numbers(DuckdbChunks& chunks) {
  has_arrival_ = chunks.column_count() > kNumberArrival;
  for (;;) {
    OBS_TRY(const bool more, chunks.next());
    if (!more) return {};
    const NumberViews views(chunks);
    const idx_t rows = chunks.api().data_chunk_get_size(chunks.chunk());
    for (idx_t begin = 0; begin < rows;) {
      const auto id = views.series.at<std::uint32_t>(begin);
      idx_t end = begin + 1;
      while (end < rows && views.series.at<std::uint32_t>(end) == id) ++end;
      if (Gathered* gathered = find(id)) {
        OBS_TRY_VOID(count(end - begin));
        add_run(views, begin, end, gathered->numbers);
        if (has_arrival_) {
          const VectorView view = NumberViews::view(chunks, kNumberArrival);
          const auto* arrivals = static_cast<const std::uint64_t*>(view.data);
          std::vector<std::uint64_t>& all = gathered->numbers.arrivals;
          all.insert(all.end(), arrivals + begin, arrivals + end);
        }
      }
      begin = end;
    }
  }
}

Result<void> SampleRows::take_over(SampleRows other) {
  OBS_TRY_VOID(count(other.samples_));
  has_arrival_ = has_arrival_ || other.has_arrival_;
  for (std::size_t i = 0; i < gathered_.size(); ++i) {
    if (!other.gathered_[i].numbers.times.empty()) {
      gathered_[i].numbers = std::move(other.gathered_[i].numbers);
    }
  }
  return {};
}

Result<void> SampleRows::add_distributions(RowStream& rows) {
  std::span<const Value> row;
  for (;;) {
    OBS_TRY(const bool more, rows.next(row));
    if (!more) return {};
    Gathered* gathered = find(static_cast<std::uint32_t>(row[DistributionPlace::kSeries].as_int()));
    if (gathered == nullptr) continue;
    OBS_TRY_VOID(count(1));
    const bool is_stale = (to_count(row[DistributionPlace::kFlags]) & kNoRecordedValue) != 0;
    gathered->wholes.push_back(
        {to_time(row[DistributionPlace::kTime]), to_time(row[DistributionPlace::kStart]),
         is_stale ? stale_distribution() : to_distribution(row, arena_of(*gathered)),
         to_count(row[DistributionPlace::kArrival])});
  }
}

// The distributions of a batch live as long as its arena.
Result<void> SampleRows::add_fresh(std::size_t target, const SequencedBatch& batch,
                                   std::uint32_t row) {
  const model::MetricColumns& points = batch.batch->metrics;
  Gathered& gathered = gathered_[target];
  const bool is_stale = (points.flags[row] & kNoRecordedValue) != 0;
  const bool has_any =
      points.distribution[row] != nullptr || points.value[row].kind() != ValueKind::kNone;
  if (!has_any && !is_stale) return {};
  OBS_TRY_VOID(count(1));
  const std::uint64_t arrival = batch.first_seq + row;
  if (points.distribution[row] == nullptr) {
    SampleNumbers& numbers = gathered.numbers;
    numbers.arrivals.resize(numbers.times.size());
    numbers.arrivals.push_back(arrival);
    numbers.times.push_back(points.time[row]);
    numbers.start_times.push_back(points.start_time[row]);
    numbers.values.push_back(is_stale ? stale() : to_sample(points.value[row]));
    return {};
  }
  gathered.wholes.push_back({points.time[row], points.start_time[row],
                             is_stale ? stale_distribution() : *points.distribution[row], arrival});
  gathered.batches.push_back(batch.batch);
  return {};
}

bool SampleRows::needs_arrival() {
  if (has_arrival_) return false;
  return std::any_of(gathered_.begin(), gathered_.end(),
                     [](const Gathered& gathered) { return gathered.numbers.has_same_times(); });
}

SampleSeries SampleRows::take(std::size_t target) {
  Gathered& gathered = gathered_[target];
  gathered.numbers.settle();
  settle(gathered.wholes);
  SampleSeries series;
  series.times = std::move(gathered.numbers.times);
  series.values = std::move(gathered.numbers.values);
  series.start_times = std::move(gathered.numbers.start_times);
  for (const Whole& whole : gathered.wholes) {
    series.distribution_times.push_back(whole.time);
    series.distributions.push_back(whole.distribution);
    series.distribution_start_times.push_back(whole.start_time);
  }
  series.owners.push_back(std::move(gathered.arena));
  for (auto& batch : gathered.batches) series.owners.push_back(std::move(batch));
  gathered = {};
  return series;
}

std::string select_numbers(const std::string& relation, const std::string& condition,
                           bool with_arrival) {
  return fmt::format(
      "SELECT series_id, time, start_time, value_units, value_offset, value_divisor, value_raw, "
      "flags{} FROM {} WHERE (value_units IS NOT NULL OR value_raw IS NOT NULL OR flags & {} != 0) "
      "AND {}",
      with_arrival ? ", arrival + arrival_row" : "", relation, kNoRecordedValue, condition);
}

}  // namespace obs::store
