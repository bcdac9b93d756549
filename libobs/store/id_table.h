// IdTable: 32-bit numbers by 64-bit ids, such as hashes: what EdgeTracker remembers. Open
// addressing over entries of 16 bytes, so that a look-up is mostly one line of memory,
// which can be fetched ahead. Internal to libobs/store.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace obs::store {

// Ids are not 0. Never smaller again, but for assignment. One thread.
class IdTable {
 public:
  IdTable() = default;
  explicit IdTable(std::size_t expected) { reserve(expected); }

  std::size_t size() const { return size_; }

  void prefetch(std::uint64_t id) const {
    if (!entries_.empty()) __builtin_prefetch(&entries_[begin_of(id)]);
  }

  // Valid until the next insert().
  const std::uint32_t* find(std::uint64_t id) const {
    if (size_ == 0) return nullptr;
    const Entry& entry = entries_[place_of(id)];
    return entry.id == id ? &entry.value : nullptr;
  }
  std::uint32_t* find(std::uint64_t id) {
    return const_cast<std::uint32_t*>(static_cast<const IdTable*>(this)->find(id));
  }

  // What is there already stays. Valid until the next insert().
  std::uint32_t& insert(std::uint64_t id, std::uint32_t value) {
    if ((size_ + 1) * 2 > entries_.size()) reserve(size_ + 1);
    Entry& entry = entries_[place_of(id)];
    if (entry.id == 0) {
      entry = {id, value};
      ++size_;
    }
    return entry.value;
  }

  // Keeps its memory.
  void clear() {
    std::fill(entries_.begin(), entries_.end(), Entry());
    size_ = 0;
  }

 private:
  static constexpr std::size_t kLeastEntries = 64;
  struct Entry {
    std::uint64_t id = 0;  // 0: free.
    std::uint32_t value = 0;
  };

  // Ids need not be mixed well in their low bits.
  std::size_t begin_of(std::uint64_t id) const {
    return (id * 0x9e3779b97f4a7c15 >> 32) & (entries_.size() - 1);
  }

  // Where it is, or may be put: at least half of the entries are free.
  std::size_t place_of(std::uint64_t id) const {
    std::size_t place = begin_of(id);
    while (entries_[place].id != 0 && entries_[place].id != id) {
      place = (place + 1) & (entries_.size() - 1);
    }
    return place;
  }

  void reserve(std::size_t expected) {
    std::size_t room = kLeastEntries;
    while (room < expected * 2) room *= 2;
    std::vector<Entry> before(room);
    before.swap(entries_);
    for (const Entry& entry : before) {
      if (entry.id != 0) entries_[place_of(entry.id)] = entry;
    }
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace obs::store
