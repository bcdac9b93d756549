#include "libobs/store/parquet_encoding.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "libobs/store/thrift_compact.h"

namespace obs::store {
namespace {

// Bits after bits, the lowest first.
class BitPacker {
 public:
  explicit BitPacker(std::string& out) : out_(out) {}

  // `value` has no bit above `width`, which is 56 at most.
  void add(std::uint64_t value, int width) {
    pending_ |= value << bits_;
    bits_ += width;
    for (; bits_ >= 8; bits_ -= 8) {
      out_ += static_cast<char>(pending_);
      pending_ >>= 8;
    }
  }

 private:
  std::string& out_;
  std::uint64_t pending_ = 0;
  int bits_ = 0;
};

constexpr std::uint32_t kGroup = 8;  // Packed numbers come in eights.

void append_packed(std::string& out, std::vector<std::uint32_t>& values, int bit_width) {
  if (values.empty()) return;
  values.resize((values.size() + kGroup - 1) / kGroup * kGroup);
  append_varint(out, values.size() / kGroup << 1 | 1);
  BitPacker packer(out);
  for (const std::uint32_t value : values) packer.add(value, bit_width);
  values.clear();
}

// Fine, so that one wide step makes few others wide: a block has its least step, a miniblock its
// width.
constexpr std::size_t kMiniblock = 32;
constexpr std::size_t kMiniblocks = 4;
constexpr std::size_t kBlock = kMiniblock * kMiniblocks;

constexpr int kByte = 8;
constexpr int kWidest = 56;  // What a packer takes; wider ones are written whole.

int width_of(std::uint64_t greatest, int whole, DeltaWidth kind) {
  const int least = std::bit_width(greatest);
  if (least > kWidest) return whole;
  return kind == DeltaWidth::kWholeBytes && least > 0 && least < kByte ? kByte : least;
}

// One block: `count` steps, the rest of the last miniblock is zero.
template <class Unsigned>
void append_block(std::string& out, std::array<Unsigned, kBlock>& steps, std::size_t count,
                  DeltaWidth kind) {
  using Signed = std::make_signed_t<Unsigned>;
  Signed least = std::numeric_limits<Signed>::max();
  for (std::size_t i = 0; i < count; ++i) least = std::min(least, static_cast<Signed>(steps[i]));
  append_zigzag(out, least);
  for (std::size_t i = 0; i < count; ++i) steps[i] -= static_cast<Unsigned>(least);
  std::fill(steps.begin() + static_cast<std::ptrdiff_t>(count), steps.end(), 0);

  std::array<int, kMiniblocks> widths{};
  for (std::size_t m = 0; m < kMiniblocks; ++m) {
    Unsigned bits = 0;
    for (std::size_t i = 0; i < kMiniblock; ++i) bits |= steps[m * kMiniblock + i];
    widths[m] = width_of(bits, 8 * sizeof(Unsigned), kind);
    out += static_cast<char>(widths[m]);
  }
  for (std::size_t m = 0; m * kMiniblock < count; ++m) {
    const auto mini = std::span<const Unsigned>(steps).subspan(m * kMiniblock, kMiniblock);
    if (widths[m] == 8 * sizeof(Unsigned)) {
      out.append(reinterpret_cast<const char*>(mini.data()), mini.size_bytes());
      continue;
    }
    BitPacker packer(out);
    for (const Unsigned step : mini) packer.add(step, widths[m]);
  }
}

template <class T>
void append_deltas(std::string& out, std::span<const T> values, DeltaWidth kind) {
  using Unsigned = std::make_unsigned_t<T>;
  append_varint(out, kBlock);
  append_varint(out, kMiniblocks);
  append_varint(out, values.size());
  append_zigzag(out, values.empty() ? 0 : values.front());
  std::array<Unsigned, kBlock> steps;
  for (std::size_t next = 1; next < values.size();) {
    std::size_t count = 0;
    for (; count < kBlock && next < values.size(); ++count, ++next) {
      steps[count] = static_cast<Unsigned>(values[next]) - static_cast<Unsigned>(values[next - 1]);
    }
    append_block(out, steps, count, kind);
  }
}

}  // namespace

int bit_width_of(std::uint32_t greatest) {
  return std::max(1, static_cast<int>(std::bit_width(greatest)));
}

void append_hybrid(std::string& out, std::span<const ParquetRun> runs, int bit_width) {
  std::vector<std::uint32_t> loose;
  for (auto [value, count] : runs) {
    const auto missing = static_cast<std::uint32_t>((kGroup - loose.size() % kGroup) % kGroup);
    if (count < missing + kGroup) {
      loose.insert(loose.end(), count, value);
      continue;
    }
    loose.insert(loose.end(), missing, value);
    append_packed(out, loose, bit_width);
    append_varint(out, std::uint64_t{count - missing} << 1);
    for (int bits = 0; bits < bit_width; bits += 8) out += static_cast<char>(value >> bits);
  }
  append_packed(out, loose, bit_width);
}

void append_delta(std::string& out, std::span<const std::int32_t> values, DeltaWidth width) {
  append_deltas(out, values, width);
}

void append_delta(std::string& out, std::span<const std::int64_t> values, DeltaWidth width) {
  append_deltas(out, values, width);
}

}  // namespace obs::store
