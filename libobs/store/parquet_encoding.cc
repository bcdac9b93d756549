#include "libobs/store/parquet_encoding.h"

#include <algorithm>
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

// Steps come in blocks, each with its least step, of miniblocks, each with its width.
struct DeltaShape {
  std::size_t block;
  std::size_t miniblock;
  bool whole_bytes;
};

constexpr DeltaShape shape_of(DeltaWidth width) {
  switch (width) {
    case DeltaWidth::kLeast: return {128, 32, false};
    case DeltaWidth::kWholeBytes: return {128, 32, true};
    case DeltaWidth::kOneWidth: return {128, 128, true};
    case DeltaWidth::kLong: return {1024, 1024, true};
    case DeltaWidth::kSparse: break;
  }
  return {4096, 4096, true};
}

constexpr int kByte = 8;
constexpr int kWidest = 56;  // What a packer takes; wider ones are written whole.

int width_of(std::uint64_t greatest, int whole, bool whole_bytes) {
  const int least = std::bit_width(greatest);
  if (least > kWidest) return whole;
  return whole_bytes ? (least + kByte - 1) / kByte * kByte : least;
}

template <class Unsigned>
void append_miniblock(std::string& out, std::span<const Unsigned> steps, int width) {
  if (width == 8 * static_cast<int>(sizeof(Unsigned))) {
    out.append(reinterpret_cast<const char*>(steps.data()), steps.size_bytes());
  } else if (width == kByte) {
    const std::size_t begin = out.size();
    out.resize(begin + steps.size());
    std::copy(steps.begin(), steps.end(), out.begin() + static_cast<std::ptrdiff_t>(begin));
  } else if (width > 0) {
    BitPacker packer(out);
    for (const Unsigned step : steps) packer.add(step, width);
  }
}

// One block: `count` steps, the rest of the last miniblock is zero.
template <class Unsigned>
void append_block(std::string& out, std::span<Unsigned> steps, std::size_t count,
                  std::make_signed_t<Unsigned> least, const DeltaShape& shape) {
  append_zigzag(out, least);
  for (std::size_t i = 0; i < count; ++i) steps[i] -= static_cast<Unsigned>(least);
  std::fill(steps.begin() + static_cast<std::ptrdiff_t>(count), steps.end(), 0);

  const std::size_t widths = out.size();
  out.append(shape.block / shape.miniblock, '\0');
  for (std::size_t m = 0; m * shape.miniblock < count; ++m) {
    const auto mini =
        std::span<const Unsigned>(steps).subspan(m * shape.miniblock, shape.miniblock);
    Unsigned bits = 0;
    for (const Unsigned step : mini) bits |= step;
    const int width = width_of(bits, 8 * sizeof(Unsigned), shape.whole_bytes);
    out[widths + m] = static_cast<char>(width);
    append_miniblock(out, mini, width);
  }
}

template <class T>
void append_deltas(std::string& out, std::span<const T> values, const DeltaShape& shape) {
  using Unsigned = std::make_unsigned_t<T>;
  append_varint(out, shape.block);
  append_varint(out, shape.block / shape.miniblock);
  append_varint(out, values.size());
  append_zigzag(out, values.empty() ? 0 : values.front());
  std::vector<Unsigned> steps(shape.block);
  for (std::size_t next = 1; next < values.size();) {
    const std::size_t count = std::min(shape.block, values.size() - next);
    T least = std::numeric_limits<T>::max();
    for (std::size_t i = 0; i < count; ++i, ++next) {
      steps[i] = static_cast<Unsigned>(values[next]) - static_cast<Unsigned>(values[next - 1]);
      least = std::min(least, static_cast<T>(steps[i]));
    }
    append_block(out, std::span(steps), count, least, shape);
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
  append_deltas(out, values, shape_of(width));
}

void append_delta(std::string& out, std::span<const std::int64_t> values, DeltaWidth width) {
  append_deltas(out, values, shape_of(width));
}

}  // namespace obs::store
