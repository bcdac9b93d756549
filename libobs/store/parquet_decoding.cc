#include "libobs/store/parquet_decoding.h"

#include <algorithm>
#include <array>

#include "libobs/base/varint.h"

namespace obs::store {
namespace {

// Bits of a number that one load finds, wherever in a byte they begin.
constexpr int kWidest = 56;

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    ok_ = ok_ && take_varint(rest_, value);
    return ok_ ? value : 0;
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// The number of `width` bits that begins at this bit.
std::uint64_t bits_at(std::string_view bytes, std::size_t bit, int width) {
  std::uint64_t word = 0;
  const std::size_t at = bit / 8;
  std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(sizeof(word), bytes.size() - at));
  return word >> (bit % 8) & ((std::uint64_t{1} << width) - 1);
}

// As many numbers as `out` has room for; `bytes` has them all.
template <class Unsigned>
bool unpack(std::string_view bytes, int width, std::span<Unsigned> out) {
  if (width == 0) {
    std::fill(out.begin(), out.end(), 0);
  } else if (width == 8) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(bytes[i]);
  } else if (width == 8 * static_cast<int>(sizeof(Unsigned))) {
    std::memcpy(out.data(), bytes.data(), out.size_bytes());
  } else if (width > kWidest) {
    return false;
  } else {
    const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
    std::size_t i = 0;
    // Where a whole word can be loaded.
    for (std::size_t bit = 0; i < out.size() && bit / 8 + 8 <= bytes.size(); ++i, bit += width) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + bit / 8, sizeof(word));
      out[i] = static_cast<Unsigned>(word >> (bit % 8) & mask);
    }
    for (; i < out.size(); ++i) out[i] = static_cast<Unsigned>(bits_at(bytes, i * width, width));
  }
  return true;
}

constexpr std::uint64_t kMostInBlock = 1 << 16;

template <class T>
bool decode_deltas(std::string_view bytes, std::uint64_t wanted, std::vector<T>& values) {
  using Unsigned = std::make_unsigned_t<T>;
  ByteReader reader(bytes);
  const std::uint64_t block = reader.varint();
  const std::uint64_t miniblocks = reader.varint();
  const std::uint64_t count = reader.varint();
  auto last = static_cast<Unsigned>(unzigzag(reader.varint()));
  if (!reader.ok() || count != wanted || block == 0 || block > kMostInBlock || miniblocks == 0 ||
      block % miniblocks != 0 || block / miniblocks % 32 != 0) {
    return false;
  }
  if (count == 0) return true;
  const std::size_t size = block / miniblocks;
  std::vector<Unsigned> steps(size);
  std::size_t next = values.size();
  const std::size_t end = next + count;
  values.resize(end);
  values[next++] = static_cast<T>(last);
  while (next < end) {
    const auto least = static_cast<Unsigned>(unzigzag(reader.varint()));
    const std::string_view widths = reader.take(miniblocks);
    for (std::size_t m = 0; m < widths.size() && next < end; ++m) {
      const int width = static_cast<unsigned char>(widths[m]);
      if (width > 8 * static_cast<int>(sizeof(T))) return false;
      const std::string_view packed = reader.take(size * static_cast<std::size_t>(width) / 8);
      if (!reader.ok() || !unpack(packed, width, std::span(steps))) return false;
      const std::size_t some = std::min(size, end - next);
      for (std::size_t i = 0; i < some; ++i) {
        last += least + steps[i];
        values[next++] = static_cast<T>(last);
      }
    }
    if (!reader.ok()) return false;
  }
  return true;
}

}  // namespace

bool decode_hybrid(std::string_view bytes, int bit_width, std::uint64_t count,
                   std::vector<ParquetRun>& runs) {
  if (bit_width < 0 || bit_width > 32) return false;
  const auto add = [&](std::uint32_t value, std::uint64_t many) {
    const auto some = static_cast<std::uint32_t>(std::min(many, count));
    if (some == 0) return;
    count -= some;
    if (!runs.empty() && runs.back().value == value) {
      runs.back().count += some;
    } else {
      runs.push_back({value, some});
    }
  };
  ByteReader reader(bytes);
  while (count > 0) {
    const std::uint64_t head = reader.varint();
    if ((head & 1) == 0) {
      const std::string_view raw = reader.take((static_cast<std::size_t>(bit_width) + 7) / 8);
      if (!reader.ok() || head == 0) return false;
      std::uint32_t value = 0;
      std::memcpy(&value, raw.data(), raw.size());
      add(value, head >> 1);
      continue;
    }
    if (head >> 1 > bytes.size()) return false;
    const std::string_view packed = reader.take((head >> 1) * static_cast<std::size_t>(bit_width));
    if (!reader.ok() || head >> 1 == 0) return false;
    for (std::size_t i = 0; i < (head >> 1) * 8 && count > 0; ++i) {
      const auto bit = i * static_cast<std::size_t>(bit_width);
      add(bit_width == 0 ? 0 : static_cast<std::uint32_t>(bits_at(packed, bit, bit_width)), 1);
    }
  }
  return true;
}

bool decode_delta(std::string_view bytes, std::uint64_t count, std::vector<std::int32_t>& values) {
  return decode_deltas(bytes, count, values);
}

bool decode_delta(std::string_view bytes, std::uint64_t count, std::vector<std::int64_t>& values) {
  return decode_deltas(bytes, count, values);
}

}  // namespace obs::store
