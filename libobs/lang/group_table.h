// GroupTable: from the values of `by` to a small number, one a group.
//
// A key is the values' bytes, each behind a letter for its kind, so that equal values (1 and 1.0,
// missing and null) are equal keys, and the values can be had back. Not thread-safe.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/value.h"

namespace obs::lang {

// Appends one value to a key.
void append_key(std::string& key, const Value& value);
// Takes the next value off the front of a key; text is a view into it.
Value take_key(std::string_view& key);
// Whether a key comes before another of as many values, in the order of `sort`.
bool sorts_before(std::string_view left, std::string_view right);

class GroupTable {
 public:
  GroupTable();
  // The number of the key's group, a new one if need be.
  std::uint32_t find(std::string_view key);
  std::size_t size() const { return keys_.size(); }
  std::string_view key(std::uint32_t group) const { return keys_[group]; }
  // Memory in use, about.
  std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  void grow();

  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t group = kNone;
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::vector<Slot> slots_;  // Open addressing; a power of two, at most half full.
  std::vector<std::string_view> keys_;
  Scratch text_;
  std::size_t bytes_ = 0;
};

// The distinct ones of many keys, by 128-bit hashes: two of a billion keys share one with a chance
// of 10^-21.
class HashSet {
 public:
  struct Hash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    auto operator<=>(const Hash&) const = default;
  };

  // True when the key is new.
  bool add(std::string_view key);
  bool add(Hash hash);
  void add_all(const HashSet& other);
  // All of them, in no order.
  std::vector<Hash> hashes() const;
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return slots_.capacity() * sizeof(Hash); }

 private:
  void grow();

  std::vector<Hash> slots_;  // {0, 0} is free.
  std::size_t count_ = 0;
};

}  // namespace obs::lang
