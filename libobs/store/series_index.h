// The series of a flush: which one each point belongs to, and what the catalog is to be told of
// them. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/id_table.h"
#include "libobs/store/part_table.h"
#include "libobs/store/row_set.h"
#include "libobs/store/series.h"

namespace obs::store {

struct PointSeries {
  std::vector<std::vector<std::uint32_t>> ids;  // By batch and row of the set.
  SeriesList unlisted;                          // In no part of series yet; by id.

  std::uint32_t id(RowRef ref) const { return ids[ref.batch][ref.row]; }
};

// Gives series their ids, and remembers those it gave. One thread.
class SeriesIndex {
 public:
  explicit SeriesIndex(PartTable& table) : table_(table) {}

  // The series of each point, and into the change what the catalog does not know yet. The resources
  // of the set have their ids already. Claims the series until the change is committed.
  Result<PointSeries> resolve(const RowSet& set, CatalogChange& change);
  // To be called when a change could not be committed: the catalog is asked for all of it again.
  void forget();

 private:
  // So many series are remembered, at about 170 bytes each; the rest are looked up.
  static constexpr std::size_t kMaxKnown = 400'000;
  struct Known {
    std::uint32_t id = 0;
    Timestamp first_seen = 0;  // As the catalog has them, or is about to.
    Timestamp last_seen = 0;
    std::uint64_t claim = 0;  // The last one that it was part of.
    Hash128 quick{};          // A quick name of it,
    Known* next = nullptr;    // and what came after it: a sender's order seldom changes.
  };
  struct Hash {
    std::size_t operator()(const Hash128& hash) const;
  };
  // Those that are known, by SeriesHasher::quick_hash(). The 64 bits by which the table finds are
  // not believed alone.
  class QuickTable {
   public:
    Known* find(const Hash128& hash) const;
    void insert(const Hash128& hash, Known& known);
    void clear();

   private:
    static std::uint64_t to_id(const Hash128& hash);

    struct Entry {
      Hash128 hash;
      Known* known;
    };
    IdTable places_;
    std::vector<Entry> entries_;
  };
  class Strangers;

  Result<PointSeries> look_up(const RowSet& set, CatalogChange& change);
  Result<void> intern(Strangers& strangers, PointSeries& points, CatalogChange& change);
  static void see(Known& known, Timestamp time, CatalogChange& change);
  void claim(Known& known);
  // The known series of that quick hash, which came after `before`, if there was one.
  Known* find_next(Known* before, const Hash128& quick);
  void forget_known();

  PartTable& table_;
  std::unordered_map<Hash128, Known, Hash> known_;
  QuickTable quick_;
  std::uint64_t epoch_ = 0;  // Of the table, when these were known.
  std::uint64_t claim_ = 0;
  std::vector<std::uint32_t> claimed_;  // What the set refers to, each once.
};

}  // namespace obs::store
