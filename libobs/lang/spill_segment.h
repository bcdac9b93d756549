// Segments: sorted items of one size, put aside, for what a single group holds much of.

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "libobs/lang/spill_bytes.h"
#include "libobs/lang/spill_file.h"

namespace obs::lang {

struct SpillSegment {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};

// A group that holds fewer items would make segments too small to be worth one.
inline constexpr std::size_t kLeastAside = 1024;

template <class Item>
Result<SpillSegment> write_segment(SpillFile& file, std::span<const Item> items) {
  const auto* const bytes = reinterpret_cast<const char*>(items.data());
  OBS_TRY(const std::uint64_t offset, file.append({bytes, items.size_bytes()}));
  return SpillSegment{offset, items.size()};
}

template <class Item>
Result<Item> read_item(const SpillFile& file, const SpillSegment& segment, std::uint64_t index) {
  Item item{};
  OBS_TRY_VOID(file.read(segment.offset + index * sizeof(Item), reinterpret_cast<char*>(&item),
                         sizeof(Item)));
  return item;
}

// Reads a segment from its first item to its last.
template <class Item>
class SegmentCursor {
 public:
  explicit SegmentCursor(const SpillSegment& segment) : rest_(segment) {}

  const Item& item() const { return items_[at_]; }
  // False at the end.
  Result<bool> next(const SpillFile& file) {
    if (++at_ < items_.size()) return true;
    if (rest_.count == 0) return false;
    items_.resize(std::min<std::uint64_t>(rest_.count, kItems));
    const std::size_t bytes = items_.size() * sizeof(Item);
    OBS_TRY_VOID(file.read(rest_.offset, reinterpret_cast<char*>(items_.data()), bytes));
    rest_ = {rest_.offset + bytes, rest_.count - items_.size()};
    at_ = 0;
    return true;
  }

 private:
  static constexpr std::size_t kItems = 256;  // In memory: there may be thousands of segments.

  SpillSegment rest_;
  std::vector<Item> items_;
  std::size_t at_ = 0;
};

// How many different items there are in all of them.
template <class Item>
Result<std::uint64_t> count_distinct(const SpillFile& file,
                                     const std::vector<SpillSegment>& segments) {
  std::vector<SegmentCursor<Item>> heap;
  const auto is_later = [](const auto& a, const auto& b) { return b.item() < a.item(); };
  for (const SpillSegment& segment : segments) {
    heap.emplace_back(segment);
    OBS_TRY(const bool has_item, heap.back().next(file));
    if (!has_item) heap.pop_back();
  }
  std::make_heap(heap.begin(), heap.end(), is_later);
  std::uint64_t count = 0;
  Item last{};
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_later);
    const Item item = heap.back().item();
    if (count == 0 || last < item) ++count;
    last = item;
    OBS_TRY(const bool has_item, heap.back().next(file));
    if (has_item) {
      std::push_heap(heap.begin(), heap.end(), is_later);
    } else {
      heap.pop_back();
    }
  }
  return count;
}

template <class Item>
void append_items(std::string& out, const std::vector<Item>& items) {
  append_sized(out, {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(Item)});
}
template <class Item>
std::vector<Item> take_items(std::string_view& bytes) {
  const std::string_view text = take_sized(bytes);
  std::vector<Item> items(text.size() / sizeof(Item));
  text.copy(reinterpret_cast<char*>(items.data()), text.size());
  return items;
}

}  // namespace obs::lang
