// Parquet's encodings of integers and doubles. Pure. Internal to libobs/store.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace obs::store {

// As the format numbers them.
enum class ParquetEncoding : std::int32_t {
  kPlain = 0,
  kRle = 3,
  kDelta = 5,    // DELTA_BINARY_PACKED
  kLengths = 6,  // DELTA_LENGTH_BYTE_ARRAY
  kDictionary = 8,
  kSplit = 9,  // BYTE_STREAM_SPLIT
};

// The same number so many times.
struct ParquetRun {
  std::uint32_t value = 0;
  std::uint32_t count = 0;
};

// Bits that numbers up to `greatest` need, one at least: not every reader expects none.
int bit_width_of(std::uint32_t greatest);

// The hybrid of run lengths and packed bits, without the length before it.
void append_hybrid(std::string& out, std::span<const ParquetRun> runs, int bit_width);

// DELTA_BINARY_PACKED, for which a step is the difference modulo 2^32 or 2^64.
enum class DeltaWidth {
  kLeast,  // Bits for each 32 steps, so that one wide step makes few others wide.
  // Whole bytes: longer, but a compressor then sees steps, and finds that some are more frequent
  // than others.
  kWholeBytes,
  kOneWidth,  // Likewise, for each 128: less is spent on widths where all steps are narrow.
  kLong,      // Likewise, for each 1024: heads are rarer still, and one wide step costs more.
  kSparse,    // Likewise, for each 4096: where most steps are 0, it is seen how the others repeat.
};
void append_delta(std::string& out, std::span<const std::int32_t> values, DeltaWidth width);
void append_delta(std::string& out, std::span<const std::int64_t> values, DeltaWidth width);

// Little-endian, one after another.
template <class T>
void append_plain(std::string& out, std::span<const T> values) {
  static_assert(std::is_arithmetic_v<T> && std::endian::native == std::endian::little);
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

// BYTE_STREAM_SPLIT: the first byte of each, then the second of each…
template <class T>
void append_split(std::string& out, std::span<const T> values) {
  const std::size_t begin = out.size();
  out.resize(begin + values.size_bytes());
  const auto* from = reinterpret_cast<const char*>(values.data());
  char* to = out.data() + begin;
  for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
    for (std::size_t i = 0; i < values.size(); ++i) *to++ = from[i * sizeof(T) + byte];
  }
}

}  // namespace obs::store
