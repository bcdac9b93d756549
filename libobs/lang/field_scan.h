// Finding fields in a raw line of JSON: one pass that looks at the keys it is told of and stops
// when it has seen enough.
//
// It validates only what it passes over, and that lightly: the shape of members, quotes, brackets.
// AVX2 where the machine has it. Pure; any thread.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/raw_json.h"

namespace obs::lang {

// The objects whose keys a scan can tell apart.
enum class Place : std::uint8_t { kTop, kAttributes, kResource };
inline constexpr std::size_t kPlaces = 3;

// Bytes behind a line that must be readable, whatever they hold.
inline constexpr std::size_t kScanPadding = 64;
// More keys than that in one scan, and the rest are found by looking again.
inline constexpr std::size_t kMaxScanKeys = 64;

// The keys to look for.
class KeySet {
 public:
  // The key's index; the same for the same key. kMaxScanKeys when there is no room.
  std::size_t add(Place place, std::string_view key);
  std::size_t size() const { return keys_.size(); }
  std::uint64_t bits_of(Place place) const { return by_place_[static_cast<std::size_t>(place)]; }

  // The index of a key that a scan met, or -1. `key` has no escapes.
  int find(Place place, const char* key, std::size_t size) const {
    const std::size_t length = size < kLengths ? size : kLengths - 1;
    std::uint64_t bits = by_length_[length] & by_place_[static_cast<std::size_t>(place)];
    for (; bits != 0; bits &= bits - 1) {
      const int index = __builtin_ctzll(bits);
      const std::string& known = keys_[static_cast<std::size_t>(index)];
      if (known.size() == size && std::char_traits<char>::compare(known.data(), key, size) == 0) {
        return index;
      }
    }
    return -1;
  }

 private:
  static constexpr std::size_t kLengths = 64;
  std::vector<std::string> keys_;
  std::array<std::uint64_t, kLengths> by_length_{};
  std::array<std::uint64_t, kPlaces> by_place_{};
};

// When a scan may stop: each rule is the sets of keys whose presence decides one field; a scan ends
// when every field is decided. Without a rule, or with one of no sets, never.
class StopRules {
 public:
  void add(std::vector<std::uint64_t> alternatives);
  bool satisfied(std::uint64_t found) const {
    return can_stop_ && (found & needed_) == needed_ && decides_others(found);
  }

 private:
  bool decides_others(std::uint64_t found) const;

  bool can_stop_ = false;
  bool never_ = false;
  std::uint64_t needed_ = 0;                        // What the rules of one set come to.
  std::vector<std::vector<std::uint64_t>> others_;  // Those of several.
};

// The keys that earlier lines had, and which came after which. Lines of one program have mostly the
// same keys in the same order, so one comparison tells what a member is, without looking for the
// end of its key or for the key itself.
class KeyMemory {
 public:
  // A key with its quotes and its colon.
  static constexpr std::size_t kMaxText = 32;
  struct Key {
    char text[kMaxText] = {};
    std::uint8_t size = 0;  // 0: nothing is known.
    std::uint8_t next = 0;  // The slot of what came after it last time.
    Place place = Place::kTop;
    Place inner = Place::kTop;  // Of the object that is its value.
    std::int8_t index = -1;     // In the KeySet.
  };

  Key& at(std::size_t slot) { return keys_[slot]; }
  // Stands for a key that is not remembered.
  static constexpr std::uint8_t kOther = 0;
  // What stands in front of the first key of an object.
  static std::uint8_t first(Place place) {
    return static_cast<std::uint8_t>(1 + static_cast<std::size_t>(place));
  }
  // Where a key with quotes and colon is remembered, or another was; its size is at most kMaxText.
  static std::uint8_t slot_of(Place place, std::string_view text);

 private:
  static constexpr std::size_t kFirstSlot = 1 + kPlaces;
  static constexpr std::size_t kSlots = 128;
  std::array<Key, kFirstSlot + kSlots> keys_{};
};

enum class ScanEnd : std::uint8_t {
  kWhole,      // The line is an object, and all of it was passed over.
  kStopped,    // The rules were satisfied before its end.
  kMalformed,  // The line is no JSON object.
};

// Used again from line to line, with the same KeySet.
struct ScanResult {
  std::uint64_t found = 0;  // Bits of the keys that were met; the others' `raw` is stale.
  std::array<Raw, kMaxScanKeys> raw;
  KeyMemory memory;

  Raw at(std::size_t index) const { return (found >> index & 1) != 0 ? raw[index] : Raw(); }
};

// `line` is followed by kScanPadding readable bytes. Of a key that stands twice the first counts.
ScanEnd scan_fields(std::string_view line, const KeySet& keys, const StopRules& rules,
                    ScanResult& out);
// The same a byte at a time: what machines without AVX2 do.
ScanEnd scan_fields_plainly(std::string_view line, const KeySet& keys, const StopRules& rules,
                            ScanResult& out);

}  // namespace obs::lang
