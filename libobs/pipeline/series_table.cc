#include "libobs/pipeline/series_table.h"

#include <bit>

namespace obs::pipeline {
namespace {

constexpr std::size_t kLeast = 256;
constexpr std::uint64_t kInsteadOfZero = 1;

}  // namespace

SeriesTable::Entry& SeriesTable::place(std::uint64_t hash) {
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = static_cast<std::size_t>(hash) & mask;
  while (entries_[at].hash != 0 && entries_[at].hash != hash) at = (at + 1) & mask;
  return entries_[at];
}

SeriesTable::Entry* SeriesTable::find(std::uint64_t hash, std::uint32_t round) {
  if (entries_.empty()) return nullptr;
  Entry& entry = place(hash == 0 ? kInsteadOfZero : hash);
  if (entry.hash == 0) return nullptr;
  entry.round = round;
  return &entry;
}

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
