// Little-endian numbers in a string of bytes, as files of ours have them.

#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

#include "libobs/base/bytes.h"

namespace obs {

template <std::unsigned_integral Number>
void append_number(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out += static_cast<char>(value & 0xff);
    value = static_cast<Number>(static_cast<std::uint64_t>(value) >> 8);
  }
}

// Takes things off the front of bytes. Once they are too short, all it takes is zero, and ok() is
// false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes), size_(bytes.size()) {}

  template <std::unsigned_integral Number>
  Number number() {
    const std::string_view bytes = take(sizeof(Number));
    Number value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
      value = static_cast<Number>(static_cast<std::uint64_t>(value) << 8 |
                                  static_cast<unsigned char>(bytes[i - 1]));
    }
    return value;
  }
  // A count of things of at least `least` bytes: so many can still be there, or there are none.
  template <std::unsigned_integral Number = std::uint32_t>
  std::size_t count(std::size_t least) {
    const auto count = number<Number>();
    if (count > left_.size() / least) ok_ = false;
    return ok_ ? static_cast<std::size_t>(count) : 0;
  }
  template <class Id>
  Id id() {
    Id id;
    const std::string_view bytes = take(id.bytes.size());
    if (ok_) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
    return id;
  }
  // A count of bytes, and those.
  template <std::unsigned_integral Number = std::uint32_t>
  std::string_view text() {
    return take(count<Number>(1));
  }
  std::string_view take(std::size_t size) {
    if (size > left_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  // What was taken cannot be: as if it had been too short.
  void refuse() { ok_ = false; }
  bool ok() const { return ok_; }
  // All was there, and nothing more.
  bool is_done() const { return ok_ && left_.empty(); }
  std::size_t offset() const { return size_ - left_.size(); }

 private:
  std::string_view left_;
  std::size_t size_;
  bool ok_ = true;
};

}  // namespace obs
