#include "libobs/store/series_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
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

// Series that are not known to us, by the order in which they came. Until they have ids they are
// known by numbers that no id reaches, counted down.
class SeriesIndex::Strangers {
 public:
  static bool is_one(std::uint32_t id) { return id > kNoStranger; }

  void add(const Hash128& hash, const SeriesHasher& hasher, std::uint32_t row, Timestamp time,
           Known& known) {
    known = {};
    known.id = number_of(series_.size());
    series_.push_back({hash, hasher.describe(row), time, time});
    known_.push_back(&known);
  }

  // Another point of one.
  void see(std::uint32_t number, Timestamp time) {
    NewSeries& series = series_[place_of(number)];
    series.first_seen = std::min(series.first_seen, time);
    series.last_seen = std::max(series.last_seen, time);
  }

  std::size_t size() const { return series_.size(); }
  NewSeries& series(std::size_t place) { return series_[place]; }
  Known& known(std::size_t place) { return *known_[place]; }
  std::uint32_t id(std::uint32_t number) const { return known_[place_of(number)]->id; }

  // Places in the order in which they get ids, and so lie in parts: those that are measured
  // together beside each other, since their times are the same, and then those that are alike.
  std::vector<std::size_t> sorted() const {
    std::vector<std::size_t> places(series_.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    const auto key = [&](std::size_t i) {
      const Series& s = series_[i].series;
      return std::tie(s.project, s.service, s.resource_id, s.type, s.is_monotonic, s.name,
                      s.attributes);
    };
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    return places;
  }

 private:
  static constexpr std::uint32_t kNoStranger = std::numeric_limits<std::uint32_t>::max() / 2;
  static std::uint32_t number_of(std::size_t place) { return ~static_cast<std::uint32_t>(place); }
  static std::size_t place_of(std::uint32_t number) { return ~number; }

  std::vector<NewSeries> series_;
  std::vector<Known*> known_;
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
  for (const RowBatch& batch : set.batches()) {
    const model::MetricColumns& columns = batch.batch->metrics;
    SeriesHasher hasher(batch);
    auto& ids = points.ids.emplace_back(columns.size());
    for (std::uint32_t row = 0; row < ids.size(); ++row) {
      const Hash128 quick = hasher.quick_hash(row);
      const Timestamp time = columns.time[row];
      Known* known = find_next(before, quick);
      if (known == nullptr) {
        const auto [entry, fresh] = known_.try_emplace(hasher.hash(row));
        known = &entry->second;
        if (fresh) strangers.add(entry->first, hasher, row, time, *known);
        quick_.insert(quick, *known);
      }
      before = known;
      ids[row] = known->id;
      if (Strangers::is_one(known->id)) {
        strangers.see(known->id, time);
      } else {
        see(*known, time, change);
        claim(*known);
      }
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

Result<void> SeriesIndex::intern(Strangers& strangers, PointSeries& points, CatalogChange& change) {
  std::vector<NewSeries> unlisted;
  if (strangers.size() > 0) {
    const std::vector<std::size_t> order = strangers.sorted();
    std::vector<NewSeries> series;
    series.reserve(order.size());
    for (const std::size_t place : order) series.push_back(std::move(strangers.series(place)));
    OBS_TRY(const auto interned, table_.intern_series(series));
    for (std::size_t i = 0; i < order.size(); ++i) {
      Known& known = strangers.known(order[i]);
      known.id = interned[i].id;
      known.first_seen = series[i].first_seen;
      known.last_seen = series[i].last_seen;
      claim(known);
      if (interned[i].listed) {
        change.series.push_back({known.id, known.first_seen, known.last_seen});
      } else {
        series[i].id = known.id;
        unlisted.push_back(std::move(series[i]));
      }
    }
    for (std::vector<std::uint32_t>& ids : points.ids) {
      for (std::uint32_t& id : ids) id = Strangers::is_one(id) ? strangers.id(id) : id;
    }
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
