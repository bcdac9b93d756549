// KeyTable: which of a fixed set of keys is this? Built at compile time, answers with one hash and
// one comparison.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace obs::codec {

// Field is an enum whose value 0 means "none of them".
template <class Field, std::size_t N>
class KeyTable {
 public:
  using Entry = std::pair<std::string_view, Field>;

  constexpr explicit KeyTable(const Entry (&entries)[N]) {
    for (std::size_t i = 0; i < N; ++i) {
      entries_[i] = entries[i];
      std::size_t slot = hash(entries[i].first);
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }

  Field find(std::string_view key) const {
    for (std::size_t slot = hash(key); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const Entry& entry = entries_[slots_[slot] - 1];
      if (is_same(entry.first, key)) return entry.second;
    }
    return Field{};
  }

 private:
  static constexpr std::size_t kSlots = 256;
  static_assert(N < kSlots / 2);

  // Most keys fit two overlapping loads of one size, which beats the call that == makes.
  template <class Word>
  static bool same_ends(const char* a, const char* b, std::size_t size) {
    Word words[4];
    const std::size_t tail = size - sizeof(Word);
    std::memcpy(&words[0], a, sizeof(Word));
    std::memcpy(&words[1], b, sizeof(Word));
    std::memcpy(&words[2], a + tail, sizeof(Word));
    std::memcpy(&words[3], b + tail, sizeof(Word));
    return words[0] == words[1] && words[2] == words[3];
  }

  static bool is_same(std::string_view a, std::string_view b) {
    const std::size_t size = a.size();
    if (size != b.size()) return false;
    if (size > 16 || size < 4) return a == b;
    if (size >= 8) return same_ends<std::uint64_t>(a.data(), b.data(), size);
    return same_ends<std::uint32_t>(a.data(), b.data(), size);
  }

  // Our keys differ enough in length, first, middle and last letter.
  static constexpr std::size_t hash(std::string_view key) {
    if (key.empty()) return 0;
    const auto letter = [&](std::size_t i) { return static_cast<unsigned char>(key[i]); };
    return (key.size() * 37 + letter(0) * 5 + letter(key.size() / 2) * 11 +
            letter(key.size() - 1) * 17) %
           kSlots;
  }

  std::array<Entry, N> entries_{};
  std::array<std::uint8_t, kSlots> slots_{};  // Entry number from 1; 0 is free.
};

template <class Field, std::size_t N>
constexpr KeyTable<Field, N> key_table(const std::pair<std::string_view, Field> (&entries)[N]) {
  return KeyTable<Field, N>(entries);
}

}  // namespace obs::codec
