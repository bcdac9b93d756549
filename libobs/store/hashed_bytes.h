// What a hash is made of, when it is only to find again in memory what was seen before. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libobs/base/hash.h"
#include "libobs/model/value.h"

namespace obs::store {

// Bytes to be hashed, one text after another: cheaper to append to than a string, and texts of few
// bytes without a call.
class HashedBytes {
 public:
  void clear() { size_ = 0; }
  // With its length, so that two texts are never taken for another two.
  void add(std::string_view text) {
    make_room(sizeof(std::uint32_t) + text.size());
    put(static_cast<std::uint32_t>(text.size()));
    copy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  template <class T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, Hash128>
  void add(const T& plain) {
    make_room(sizeof(T));
    put(plain);
  }
  // By kind, so that "1" and 1 are two; and attributes in their order.
  void add(const model::Value& value);
  void add(model::Attributes attributes) {
    for (const model::KeyValue& entry : attributes) {
      add(entry.key);
      add(entry.value);
    }
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void make_room(std::size_t more) {
    if (size_ + more > bytes_.size()) bytes_.resize(2 * (size_ + more));
  }

  template <class T>
  void put(const T& plain) {
    std::memcpy(bytes_.data() + size_, &plain, sizeof(T));
    size_ += sizeof(T);
  }

  // The first and the last so many bytes, which overlap where there are fewer than twice as many.
  template <std::size_t Bytes>
  static void copy_ends(char* to, const char* from, std::size_t size) {
    std::memcpy(to, from, Bytes);
    std::memcpy(to + size - Bytes, from + size - Bytes, Bytes);
  }

  static void copy(char* to, const char* from, std::size_t size) {
    if (size > 64) {
      std::memcpy(to, from, size);
    } else if (size >= 32) {
      copy_ends<32>(to, from, size);
    } else if (size >= 16) {
      copy_ends<16>(to, from, size);
    } else if (size >= 8) {
      copy_ends<8>(to, from, size);
    } else if (size >= 4) {
      copy_ends<4>(to, from, size);
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }

  std::vector<char> bytes_;
  std::size_t size_ = 0;
};

}  // namespace obs::store
