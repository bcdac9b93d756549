// Parquet's encodings of numbers, read back: what parquet_encoding.h writes. Pure; every function
// answers false for bytes that are cut short or damaged. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "libobs/store/parquet_encoding.h"

namespace obs::store {

// The hybrid of run lengths and packed bits, as runs; so many numbers. A run may be one number.
bool decode_hybrid(std::string_view bytes, int bit_width, std::uint64_t count,
                   std::vector<ParquetRun>& runs);

// So many values, appended.
bool decode_delta(std::string_view bytes, std::uint64_t count, std::vector<std::int32_t>& values);
bool decode_delta(std::string_view bytes, std::uint64_t count, std::vector<std::int64_t>& values);

template <class T>
bool decode_plain(std::string_view bytes, std::uint64_t count, std::vector<T>& values) {
  if (bytes.size() / sizeof(T) < count) return false;
  if (count == 0) return true;
  const std::size_t before = values.size();
  values.resize(before + count);
  std::memcpy(values.data() + before, bytes.data(), count * sizeof(T));
  return true;
}

template <class T>
bool decode_split(std::string_view bytes, std::uint64_t count, std::vector<T>& values) {
  if (bytes.size() / sizeof(T) < count) return false;
  if (count == 0) return true;
  const std::size_t before = values.size();
  values.resize(before + count);
  auto* to = reinterpret_cast<char*>(values.data() + before);
  for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
    const char* from = bytes.data() + byte * count;
    for (std::size_t i = 0; i < count; ++i) to[i * sizeof(T) + byte] = from[i];
  }
  return true;
}

}  // namespace obs::store
