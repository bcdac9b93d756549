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

// Ways in which the attributes of a series may be ordered: more than so many times as many names as
// series are not remembered.
constexpr std::size_t kMaxNames = 2;

}  // namespace

std::size_t SeriesIndex::Hash::operator()(const Hash128& hash) const {
  std::size_t half = 0;
  std::memcpy(&half, hash.data(), sizeof(half));
  return half;
}

std::uint64_t SeriesIndex::QuickTable::to_id(const Hash128& hash) {
  std::uint64_t id = 0;
  std::memcpy(&id, hash.data(), sizeof(id));
  return std::max<std::uint64_t>(id, 1);
}

SeriesIndex::Known* SeriesIndex::QuickTable::find(const Hash128& hash) const {
  const std::uint32_t* place = places_.find(to_id(hash));
  return place != nullptr && entries_[*place].hash == hash ? entries_[*place].known : nullptr;
}

void SeriesIndex::QuickTable::insert(const Hash128& hash, Known& known) {
  if (entries_.size() >= kMaxNames * kMaxKnown) clear();
  places_.insert(to_id(hash), static_cast<std::uint32_t>(entries_.size()));
  entries_.push_back({hash, &known});
}

void SeriesIndex::QuickTable::clear() {
  places_ = IdTable();
  entries_.clear();
}

// Series that are not known, and where in the answer their ids go.
class SeriesIndex::Strangers {
 public:
  // Another point of a series that was added by the same quick hash; false: there is none.
  bool add_again(const Hash128& quick, RowRef ref, Timestamp time) {
    const auto named = by_quick_.find(quick);
    if (named == by_quick_.end()) return false;
    see(named->second, ref, time);
    return true;
  }

  void add(const Hash128& quick, const Hash128& hash, SeriesHasher& hasher, RowRef ref,
           Timestamp time) {
    const auto [entry, fresh] = by_hash_.try_emplace(hash, series_.size());
    if (fresh) series_.push_back({hash, hasher.describe(ref.row), time, time});
    by_quick_.emplace(quick, entry->second);
    see(entry->second, ref, time);
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
  void see(std::size_t place, RowRef ref, Timestamp time) {
    NewSeries& series = series_[place];
    series.first_seen = std::min(series.first_seen, time);
    series.last_seen = std::max(series.last_seen, time);
    places_.push_back({place, ref});
  }

  std::unordered_map<Hash128, std::size_t, Hash> by_hash_;
  std::unordered_map<Hash128, std::size_t, Hash> by_quick_;
  std::vector<NewSeries> series_;
  std::vector<Place> places_;
};

void SeriesIndex::forget_known() {
  known_.clear();
  quick_.clear();
}

void SeriesIndex::forget() {
  forget_known();
  table_.release_series();
}

// Series may be dropped while we look them up, some of these perhaps.
Result<PointSeries> SeriesIndex::resolve(const RowSet& set, CatalogChange& change) {
  for (;;) {
    const std::uint64_t epoch = table_.series_epoch();
    if (epoch != epoch_ || known_.size() > kMaxKnown) forget_known();
    epoch_ = epoch;
    OBS_TRY(PointSeries points, look_up(set, change));
    if (!table_.claim_series(std::exchange(claimed_, {}), epoch)) continue;
    change.listed = points.unlisted;
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
  Known* before = nullptr;
  for (std::uint32_t b = 0; b < set.batches().size(); ++b) {
    const RowBatch& batch = set.batches()[b];
    const model::MetricColumns& columns = batch.batch->metrics;
    SeriesHasher hasher(batch);
    auto& ids = points.ids.emplace_back(columns.size());
    for (std::uint32_t row = 0; row < ids.size(); ++row) {
      const Hash128 quick = hasher.quick_hash(row);
      Known* known = find_next(std::exchange(before, nullptr), quick);
      if (known == nullptr) {
        if (strangers.add_again(quick, {b, row}, columns.time[row])) continue;
        const Hash128 hash = hasher.hash(row);
        known = find(hash, quick);
        if (known == nullptr) {
          strangers.add(quick, hash, hasher, {b, row}, columns.time[row]);
          continue;
        }
      }
      before = known;
      ids[row] = known->id;
      see(*known, columns.time[row], change);
      claim(*known);
    }
  }
  OBS_TRY_VOID(intern(strangers, points, change));
  return points;
}

SeriesIndex::Known* SeriesIndex::find_next(Known* before, const Hash128& quick) {
  if (before == nullptr) return quick_.find(quick);
  Known* known = before->next;
  if (known != nullptr && known->quick == quick) {
    __builtin_prefetch(known->next);
    return known;
  }
  known = quick_.find(quick);
  before->next = known;
  if (known != nullptr) known->quick = quick;
  return known;
}

SeriesIndex::Known* SeriesIndex::find(const Hash128& hash, const Hash128& quick) {
  const auto known = known_.find(hash);
  if (known == known_.end()) return nullptr;
  quick_.insert(quick, known->second);
  return &known->second;
}

Result<void> SeriesIndex::intern(Strangers& strangers, PointSeries& points, CatalogChange& change) {
  const std::vector<std::size_t> order = strangers.sort();
  std::vector<NewSeries>& series = strangers.series();
  OBS_TRY(const auto interned, table_.intern_series(series));
  std::vector<NewSeries> unlisted;
  for (std::size_t i = 0; i < series.size(); ++i) {
    Known& known = known_[series[i].hash];
    known.id = interned[i].id;
    known.first_seen = series[i].first_seen;
    known.last_seen = series[i].last_seen;
    known.claim = 0;
    claim(known);
    if (interned[i].listed) {
      change.series.push_back({known.id, known.first_seen, known.last_seen});
    } else {
      series[i].id = known.id;
      unlisted.push_back(std::move(series[i]));
    }
  }
  for (const Strangers::Place& place : strangers.places()) {
    points.ids[place.ref.batch][place.ref.row] = interned[order[place.series]].id;
  }
  std::sort(unlisted.begin(), unlisted.end(),
            [](const NewSeries& a, const NewSeries& b) { return a.id < b.id; });
  points.unlisted = std::make_shared<const std::vector<NewSeries>>(std::move(unlisted));
  return {};
}

void SeriesIndex::see(Known& known, Timestamp time, CatalogChange& change) {
  if (time >= known.first_seen && time - kLastSeenStep <= known.last_seen) return;
  known.first_seen = std::min(known.first_seen, time);
  known.last_seen = std::max(known.last_seen, time);
  change.series.push_back({known.id, known.first_seen, known.last_seen});
}

}  // namespace obs::store
