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

  // The entry of that hash, now seen in this round; null: there is none.
  Entry* find(std::uint64_t hash, std::uint32_t round);
  // Of a hash that is not there.
  void insert(std::uint64_t hash, std::uint32_t owner, std::uint32_t round);
  std::size_t size() const { return size_; }

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
  Entry& place(std::uint64_t hash);

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace obs::pipeline
