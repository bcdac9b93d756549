// Series: what the points of one time series have in common, which is everything but time and
// value. The catalog gives each an id; parts of points refer to it. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/hash.h"
#include "libobs/store/hashed_bytes.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// As the columns of the view `metrics` show it; text that is NULL there is empty here. Attributes
// are in the order in which the first point had them, which makes no difference.
struct Series {
  std::string project;
  std::optional<std::string> service;
  std::optional<std::uint32_t> resource_id;
  std::string resource;
  std::string scope;
  std::string name;
  std::string type;
  std::string unit;
  std::string description;
  std::string temporality;
  std::optional<bool> is_monotonic;  // Sums only.
  std::string attributes;
  std::string extra;  // Of its resource and its metric.

  friend bool operator==(const Series&, const Series&) = default;
};

// A series that no part of series has yet, and when it was seen.
struct NewSeries {
  Hash128 hash;
  Series series;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
  std::uint32_t id = 0;
};
using SeriesList = std::shared_ptr<const std::vector<NewSeries>>;

struct InternedSeries {
  std::uint32_t id = 0;
  bool listed = false;  // Some part of series has it.
};

// Earliest and latest time of a point of it.
struct SeenSeries {
  std::uint32_t id = 0;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
};

// Tells the series of a batch's points apart. What makes one is the same in every process that
// reads the store: the catalog keeps the hashes.
class SeriesHasher {
 public:
  // `batch` outlives the hasher.
  explicit SeriesHasher(const RowBatch& batch);

  Hash128 hash(std::uint32_t row);
  // Another name of the series, for a table in memory: cheaper, and not always the same. Made of
  // what its decoder knows, if it knows it.
  Hash128 quick_hash(std::uint32_t row) {
    const std::vector<Hash128>& decoded = batch_.batch->metrics.series;
    return decoded.empty() ? hash_quickly(row) : within_project(decoded[row]);
  }
  Series describe(std::uint32_t row) const;

 private:
  Hash128 within_project(Hash128 hash) const {
    for (std::size_t i = 0; i < hash.size(); ++i) hash[i] ^= project_[i];
    return hash;
  }
  Hash128 hash_quickly(std::uint32_t row);
  const Hash128& scope_hash(std::uint32_t scope);
  const Hash128& metric_hash(std::uint32_t metric);
  void append_attributes(model::Attributes attributes);
  // Whether no other point is of its metric, as far as a look to both sides can tell.
  bool is_only_point(std::uint32_t row) const;

  const RowBatch& batch_;
  const Hash128 project_;
  std::vector<std::optional<Hash128>> scopes_;  // By index in the batch, both.
  std::vector<std::optional<Hash128>> metrics_;
  std::vector<const model::KeyValue*> sorted_;
  std::string bytes_;
  HashedBytes quick_;
};

}  // namespace obs::store
