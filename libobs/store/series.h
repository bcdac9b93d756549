// Series: what the points of one time series have in common, which is everything but time and
// value. The catalog gives each an id; parts of points refer to it. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/hash.h"
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

// A series to be given an id, and when it was seen.
struct NewSeries {
  Hash128 hash;
  Series series;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
};

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

// Bytes to be hashed, one text after another: cheaper to append to than a string, and texts of few
// bytes without a call.
class HashedBytes {
 public:
  void clear() { size_ = 0; }
  // With its length, so that two texts are never taken for another two.
  void add(std::string_view text) {
    make_room(sizeof(std::uint32_t) + text.size());
    put(static_cast<std::uint32_t>(text.size()));
    copy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  template <class T>
  requires std::is_trivially_copyable_v<T> &&
      (!std::is_convertible_v<T, std::string_view>)void add(const T& plain) {
    make_room(sizeof(T));
    put(plain);
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void make_room(std::size_t more) {
    if (size_ + more > bytes_.size()) bytes_.resize(2 * (size_ + more));
  }

  template <class T>
  void put(const T& plain) {
    std::memcpy(bytes_.data() + size_, &plain, sizeof(T));
    size_ += sizeof(T);
  }

  // The first and the last so many bytes, which overlap where there are fewer than twice as many.
  template <std::size_t Bytes>
  static void copy_ends(char* to, const char* from, std::size_t size) {
    std::memcpy(to, from, Bytes);
    std::memcpy(to + size - Bytes, from + size - Bytes, Bytes);
  }

  static void copy(char* to, const char* from, std::size_t size) {
    if (size > 32) {
      std::memcpy(to, from, size);
    } else if (size >= 16) {
      copy_ends<16>(to, from, size);
    } else if (size >= 8) {
      copy_ends<8>(to, from, size);
    } else if (size >= 4) {
      copy_ends<4>(to, from, size);
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }

  std::vector<char> bytes_;
  std::size_t size_ = 0;
};

// Tells the series of a batch's points apart. What makes one is the same in every process that
// reads the store: the catalog keeps the hashes.
class SeriesHasher {
 public:
  // `batch` outlives the hasher.
  explicit SeriesHasher(const RowBatch& batch);

  Hash128 hash(std::uint32_t row);
  // Another name of the series, for a table in memory: cheaper, and not always the same.
  Hash128 quick_hash(std::uint32_t row);
  Series describe(std::uint32_t row) const;

 private:
  const Hash128& scope_hash(std::uint32_t scope);
  const Hash128& metric_hash(std::uint32_t metric);
  void append_attributes(model::Attributes attributes);
  void add_quick(const model::Value& value);
  // Whether no other point is of its metric, as far as a look to both sides can tell.
  bool is_only_point(std::uint32_t row) const;

  const RowBatch& batch_;
  std::vector<std::optional<Hash128>> scopes_;  // By index in the batch, both.
  std::vector<std::optional<Hash128>> metrics_;
  std::vector<const model::KeyValue*> sorted_;
  std::string bytes_;
  HashedBytes quick_;
};

}  // namespace obs::store
