#include "libobs/pipeline/series_table.h"

#include <bit>

namespace obs::pipeline {
namespace {

constexpr std::size_t kLeast = 256;

}  // namespace

void SeriesTable::insert(std::uint64_t hash, std::uint32_t owner, std::uint32_t round) {
  if (2 * (size_ + 1) > entries_.size()) {
    std::vector<Entry> kept;
    kept.reserve(size_);
    for (const Entry& entry : entries_) {
      if (entry.hash != 0) kept.push_back(entry);
    }
    rebuild(kept);
  }
  if (hash == 0) hash = kInsteadOfZero;
  place(hash) = {hash, owner, round};
  ++size_;
}

void SeriesTable::rebuild(const std::vector<Entry>& kept) {
  std::size_t room = std::bit_ceil(2 * (kept.size() + 1));
  if (room < kLeast) room = kLeast;
  std::vector<Entry>(room).swap(entries_);
  for (const Entry& entry : kept) place(entry.hash) = entry;
  size_ = kept.size();
}

}  // namespace obs::pipeline
