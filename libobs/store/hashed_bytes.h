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
  // Text with its length, so that two texts are never taken for another two; or plain numbers.
  template <class... Parts>
  void add(const Parts&... parts) {
    char* at = make_room((size_of(parts) + ...));
    ((at = put(at, parts)), ...);
    size_ = static_cast<std::size_t>(at - bytes_.data());
  }
  // By kind, so that "1" and 1 are two; and attributes in their order.
  void add_value(const model::Value& value) {
    switch (value.kind()) {
      case model::ValueKind::kString: return add(value.kind(), value.as_string());
      case model::ValueKind::kInt: return add(value.kind(), value.as_int());
      default: add_other(value);
    }
  }
  void add_attributes(model::Attributes attributes) {
    for (const model::KeyValue& entry : attributes) {
      const model::Value& value = entry.value;
      if (value.kind() == model::ValueKind::kString) {
        add(entry.key, value.kind(), value.as_string());
      } else {
        add(entry.key);
        add_value(value);
      }
    }
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void add_other(const model::Value& value);

  static std::size_t size_of(std::string_view text) { return sizeof(std::uint32_t) + text.size(); }
  template <class T>
  requires(!std::is_convertible_v<T, std::string_view>) static constexpr std::size_t
      size_of(const T&) {
    return sizeof(T);
  }

  // Where the next bytes go. In a local variable from then on: what is written as char might be the
  // members, for all that the compiler knows, and they would be read again after each.
  char* make_room(std::size_t more) {
    if (size_ + more > bytes_.size()) bytes_.resize(2 * (size_ + more));
    return bytes_.data() + size_;
  }

  static char* put(char* at, std::string_view text) {
    at = put(at, static_cast<std::uint32_t>(text.size()));
    copy(at, text.data(), text.size());
    return at + text.size();
  }
  template <class T>
  requires(!std::is_convertible_v<T, std::string_view>) static char* put(char* at, const T& plain) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(at, &plain, sizeof(T));
    return at + sizeof(T);
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
