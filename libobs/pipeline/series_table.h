// A set of 64-bit hashes that forgets what was not seen for a while. For SeriesGuard.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace obs::pipeline {

// Open addressing; 16 bytes an entry, a quarter to a half of them in use. Not thread-safe.
class SeriesTable {
 public:
  struct Entry {
    std::uint64_t hash = 0;  // 0: free.
    std::uint32_t owner = 0;
    std::uint32_t round = 0;
  };

  // The entry of that hash, now seen in this round; null: there is none. Here, for it is called for
  // every point.
  Entry* find(std::uint64_t hash, std::uint32_t round) {
    if (entries_.empty()) return nullptr;
    Entry& entry = place(hash == 0 ? kInsteadOfZero : hash);
    if (entry.hash == 0) return nullptr;
    entry.round = round;
    return &entry;
  }
  // Of a hash that is not there.
  void insert(std::uint64_t hash, std::uint32_t owner, std::uint32_t round);
  std::size_t size() const { return size_; }
  void clear() { *this = {}; }

  // Drops entries last seen before `round`; `gone(owner)` is told of each.
  template <class Gone>
  void sweep(std::uint32_t round, Gone&& gone) {
    std::vector<Entry> kept;
    for (const Entry& entry : entries_) {
      if (entry.hash == 0) continue;
      if (entry.round < round) {
        gone(entry.owner);
      } else {
        kept.push_back(entry);
      }
    }
    rebuild(kept);
  }

 private:
  void rebuild(const std::vector<Entry>& kept);
  Entry& place(std::uint64_t hash) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t at = static_cast<std::size_t>(hash) & mask;
    while (entries_[at].hash != 0 && entries_[at].hash != hash) at = (at + 1) & mask;
    return entries_[at];
  }

  static constexpr std::uint64_t kInsteadOfZero = 1;

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace obs::pipeline
