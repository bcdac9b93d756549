#include "libobs/store/series_index.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>
#include <utility>

namespace obs::store {
namespace {

// A series is seen with every flush; the catalog is told once it is this much later.
constexpr Duration kLastSeenStep = kHour;

}  // namespace

std::size_t SeriesIndex::Hash::operator()(const Hash128& hash) const {
  std::size_t half = 0;
  std::memcpy(&half, hash.data(), sizeof(half));
  return half;
}

// Series that are not known, and where in the answer their ids go.
class SeriesIndex::Strangers {
 public:
  void add(const Hash128& hash, SeriesHasher& hasher, std::uint32_t batch, std::uint32_t row,
           Timestamp time) {
    const auto [entry, fresh] = by_hash_.try_emplace(hash, series_.size());
    if (fresh) series_.push_back({hash, hasher.describe(row), time, time});
    NewSeries& series = series_[entry->second];
    series.first_seen = std::min(series.first_seen, time);
    series.last_seen = std::max(series.last_seen, time);
    places_.push_back({entry->second, {batch, row}});
  }

  struct Place {
    std::size_t series;
    RowRef ref;
  };
  std::vector<NewSeries>& series() { return series_; }

  // Puts them in the order in which they get ids, and so lie in parts: those that are measured
  // together beside each other, since their times are the same, and then those that are alike.
  // Answers where each has gone.
  std::vector<std::size_t> sort() {
    std::vector<std::size_t> places(series_.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    const auto key = [&](std::size_t i) {
      const Series& s = series_[i].series;
      return std::tie(s.project, s.service, s.resource_id, s.type, s.is_monotonic, s.name,
                      s.attributes);
    };
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    std::vector<NewSeries> sorted;
    std::vector<std::size_t> order(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      order[places[i]] = i;
      sorted.push_back(std::move(series_[places[i]]));
    }
    series_ = std::move(sorted);
    return order;
  }

  const std::vector<Place>& places() const { return places_; }

 private:
  std::unordered_map<Hash128, std::size_t, Hash> by_hash_;
  std::vector<NewSeries> series_;
  std::vector<Place> places_;
};

void SeriesIndex::forget() {
  known_.clear();
  table_.release_series();
}

// Series may be dropped while we look them up, some of these perhaps.
Result<PointSeries> SeriesIndex::resolve(const RowSet& set, CatalogChange& change) {
  for (;;) {
    const std::uint64_t epoch = table_.series_epoch();
    if (epoch != epoch_ || known_.size() > kMaxKnown) known_.clear();
    epoch_ = epoch;
    OBS_TRY(PointSeries points, look_up(set, change));
    if (!table_.claim_series(std::exchange(claimed_, {}), epoch)) continue;
    for (const ListedSeries& series : points.unlisted) change.listed_series.push_back(series.id);
    return points;
  }
}

void SeriesIndex::claim(Known& known) {
  if (known.claim == claim_) return;
  known.claim = claim_;
  claimed_.push_back(known.id);
}

Result<PointSeries> SeriesIndex::look_up(const RowSet& set, CatalogChange& change) {
  ++claim_;
  claimed_.clear();
  PointSeries points;
  Strangers strangers;
  for (std::uint32_t b = 0; b < set.batches().size(); ++b) {
    const RowBatch& batch = set.batches()[b];
    const model::MetricColumns& columns = batch.batch->metrics;
    SeriesHasher hasher(batch);
    auto& ids = points.ids.emplace_back(columns.size());
    for (std::uint32_t row = 0; row < ids.size(); ++row) {
      const Hash128 hash = hasher.hash(row);
      if (const auto known = known_.find(hash); known != known_.end()) {
        ids[row] = known->second.id;
        see(known->second, columns.time[row], change);
        claim(known->second);
      } else {
        strangers.add(hash, hasher, b, row, columns.time[row]);
      }
    }
  }
  OBS_TRY_VOID(intern(strangers, points));
  return points;
}

Result<void> SeriesIndex::intern(Strangers& strangers, PointSeries& points) {
  if (strangers.series().empty()) return {};
  const std::vector<std::size_t> order = strangers.sort();
  std::vector<NewSeries>& series = strangers.series();
  OBS_TRY(const auto interned, table_.intern_series(series));
  for (std::size_t i = 0; i < series.size(); ++i) {
    Known& known = known_[series[i].hash];
    known = {interned[i].id, series[i].first_seen, series[i].last_seen, 0};
    claim(known);
    if (interned[i].listed) continue;
    points.unlisted.push_back({interned[i].id, std::move(series[i].series)});
  }
  for (const Strangers::Place& place : strangers.places()) {
    points.ids[place.ref.batch][place.ref.row] = interned[order[place.series]].id;
  }
  std::sort(points.unlisted.begin(), points.unlisted.end(),
            [](const ListedSeries& a, const ListedSeries& b) { return a.id < b.id; });
  return {};
}

void SeriesIndex::see(Known& known, Timestamp time, CatalogChange& change) {
  if (time >= known.first_seen && time - kLastSeenStep <= known.last_seen) return;
  known.first_seen = std::min(known.first_seen, time);
  known.last_seen = std::max(known.last_seen, time);
  change.series.push_back({known.id, known.first_seen, known.last_seen});
}

}  // namespace obs::store
