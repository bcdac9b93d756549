// KeyTable: which of a fixed set of keys is this? Built at compile time, answers with one hash and
// one comparison.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

  constexpr Field find(std::string_view key) const {
    for (std::size_t slot = hash(key); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const Entry& entry = entries_[slots_[slot] - 1];
      if (entry.first == key) return entry.second;
    }
    return Field{};
  }

 private:
  static constexpr std::size_t kSlots = 256;
  static_assert(N < kSlots / 2);

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
