#include "libobs/store/parquet_levels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "libobs/base/varint.h"

namespace obs::store {
namespace {

constexpr int kWidest = 32;
// Packed numbers come in eights; above any page, and their bits can be counted.
constexpr std::uint64_t kMostEights = std::uint64_t{1} << 32;

std::uint32_t bits_at(std::string_view bytes, std::uint64_t bit, int width) {
  std::uint64_t word = 0;
  const std::size_t at = bit / 8;
  std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(sizeof(word), bytes.size() - at));
  return static_cast<std::uint32_t>(word >> (bit % 8) & ((std::uint64_t{1} << width) - 1));
}

}  // namespace

std::optional<std::uint32_t> ParquetHybrid::at(std::uint64_t place) {
  if (width_ < 0 || width_ > kWidest || place < asked_) return std::nullopt;
  while (place - begin_ >= count_) {
    if (!next_run()) return std::nullopt;
  }
  asked_ = place;
  if (packed_.empty()) return value_;
  return bits_at(packed_, (place - begin_) * static_cast<std::uint64_t>(width_), width_);
}

// False: there is none.
bool ParquetHybrid::next_run() {
  const std::uint64_t ones = ones_ + ones_in_run(count_);
  std::uint64_t head = 0;
  if (!take_varint(rest_, head) || head >> 1 == 0) return false;
  const auto width = static_cast<std::uint64_t>(width_);
  const bool is_packed = (head & 1) != 0;
  if (is_packed && head >> 1 > kMostEights) return false;
  const std::uint64_t size = is_packed ? (head >> 1) * width : (width + 7) / 8;
  if (size > rest_.size()) return false;
  begin_ += count_;
  count_ = is_packed ? (head >> 1) * 8 : head >> 1;
  ones_ = ones;
  packed_ = is_packed ? rest_.substr(0, size) : std::string_view();
  value_ = 0;
  if (!is_packed) std::memcpy(&value_, rest_.data(), size);
  rest_.remove_prefix(size);
  return true;
}

std::uint64_t ParquetHybrid::ones_in_run(std::uint64_t count) const {
  if (packed_.empty()) return value_ == 0 ? 0 : count;
  std::uint64_t ones = 0;
  std::uint64_t at = 0;
  for (; at + 64 <= count; at += 64) {
    std::uint64_t word = 0;
    std::memcpy(&word, packed_.data() + at / 8, sizeof(word));
    ones += static_cast<std::uint64_t>(std::popcount(word));
  }
  for (; at < count; ++at) ones += bits_at(packed_, at, 1);
  return ones;
}

}  // namespace obs::store
