// Numbers of as many bytes as they need, seven bits to each, the lowest first: LEB128, as protobuf,
// Thrift and Parquet write them. Zigzag makes numbers near zero short, whatever their sign.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs {

inline std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}
inline void append_zigzag(std::string& out, std::int64_t value) {
  append_varint(out, zigzag(value));
}

// Takes one from the front. False when the bytes end before it does, or it has more than ten.
inline bool take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace obs
