#include "libobs/lang/field_scan.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "libobs/base/hash.h"

#define SKIP_SPACE(at, end) \
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) ++at

namespace obs::lang {
namespace {

bool is_token_end(char c) {
  return c == ',' || c == '}' || c == ']' || static_cast<unsigned char>(c) <= ' ';
}

bool is_word(const char* text, std::size_t size) {
  return (size == 4 && (std::memcmp(text, "true", 4) == 0 || std::memcmp(text, "null", 4) == 0)) ||
         (size == 5 && std::memcmp(text, "false", 5) == 0);
}

// A key with escapes is as rare as it is legal.
int find_escaped(const KeySet& keys, Place place, const Raw& key) {
  Scratch scratch;
  const std::string_view plain = unescape(key, scratch);
  return keys.find(place, plain.data(), plain.size());
}

// The closing quote of a string that has backslashes; `end` or beyond when there is none.
const char* find_quote_slowly(const char* at, const char* end) {
  for (; at < end && *at != '"'; ++at) {
    if (*at == '\\') ++at;
  }
  return at;
}

// Behind the bracket that closes the one at `at`; nullptr when there is none. Continues with this
// depth, outside of strings.
const char* skip_nested_slowly(const char* at, const char* end, std::size_t depth) {
  for (; at < end; ++at) {
    if (*at == '"') {
      at = find_quote_slowly(at + 1, end);
    } else if (*at == '{' || *at == '[') {
      ++depth;
    } else if ((*at == '}' || *at == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return nullptr;
}

namespace plain {

const char* find_quote(const char* at, const char* end, bool& escaped) {
  for (; at < end && *at != '"'; ++at) {
    if (*at != '\\') continue;
    escaped = true;
    return find_quote_slowly(at, end);
  }
  return at;
}

const char* skip_nested(const char* at, const char* end) { return skip_nested_slowly(at, end, 0); }

const char* find_token_end(const char* at, const char* end) {
  while (at < end && !is_token_end(*at)) ++at;
  return at;
}

bool begins_with(const char* at, const KeyMemory::Key& key) {
  return std::memcmp(at, key.text, key.size) == 0;
}

#define OBS_SCAN_TARGET
#include "libobs/lang/field_scan_kernel.inc"
#undef OBS_SCAN_TARGET

}  // namespace plain

#if defined(__x86_64__)
namespace avx2 {
#define OBS_SCAN_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))

OBS_SCAN_TARGET inline std::uint32_t mask_of(__m256i bytes, char c) {
  return static_cast<std::uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c))));
}

OBS_SCAN_TARGET inline __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

OBS_SCAN_TARGET inline const char* find_quote(const char* at, const char* end, bool& escaped) {
  for (; at < end; at += 32) {
    const __m256i bytes = load(at);
    const std::uint32_t quotes = mask_of(bytes, '"');
    const std::uint32_t backslashes = mask_of(bytes, '\\');
    if ((backslashes & (quotes - 1)) != 0) {  // Before the first quote, or with none at all.
      escaped = true;
      return find_quote_slowly(at, end);
    }
    if (quotes != 0) return at + __builtin_ctz(quotes);
  }
  return end;
}

OBS_SCAN_TARGET inline const char* find_token_end(const char* at, const char* end) {
  for (; at < end; at += 32) {
    const __m256i bytes = load(at);
    const __m256i space = _mm256_set1_epi8(' ');
    const __m256i brackets = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));  // As in skip_nested.
    const std::uint32_t ends = mask_of(bytes, ',') | mask_of(brackets, '}') |
                               static_cast<std::uint32_t>(_mm256_movemask_epi8(
                                   _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, space), bytes)));
    if (ends == 0) continue;
    at += __builtin_ctz(ends);
    return at < end ? at : end;
  }
  return end;
}

OBS_SCAN_TARGET inline bool begins_with(const char* at, const KeyMemory::Key& key) {
  const __m256i same = _mm256_cmpeq_epi8(load(at), load(key.text));
  const auto differs = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(same));
  return _bzhi_u32(differs, key.size) == 0;
}

// Bit i is set when an odd number of quotes stand at or before it: inside of a string.
OBS_SCAN_TARGET inline std::uint32_t prefix_xor(std::uint32_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  return bits ^ bits << 16;
}

// Counts the brackets of 32 bytes at a time; only in the block where the depth can reach zero does
// it look at them one by one. `{` and `[` differ from `}` and `]` by more than bit 5, so or-ing
// 0x20 makes two of four.
OBS_SCAN_TARGET inline const char* skip_nested(const char* at, const char* end) {
  std::uint32_t depth = 0;
  std::uint32_t in_string = 0;  // All ones while a string is open across blocks.
  for (; at < end; at += 32) {
    const __m256i bytes = load(at);
    const __m256i folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    const std::uint32_t quotes = mask_of(bytes, '"');
    if (mask_of(bytes, '\\') != 0) {
      const char* from = in_string != 0 ? find_quote_slowly(at, end) + 1 : at;
      return from > end ? nullptr : skip_nested_slowly(from, end, depth);
    }
    const std::uint32_t inside = prefix_xor(quotes) ^ in_string;
    const std::uint32_t opens = mask_of(folded, '{') & ~inside;
    std::uint32_t closes = mask_of(folded, '}') & ~inside;
    const auto closed = static_cast<std::uint32_t>(__builtin_popcount(closes));
    if (closed >= depth) {
      for (; closes != 0; closes &= closes - 1) {
        const std::uint32_t before = (closes & (0U - closes)) - 1;
        const int left = static_cast<int>(depth) + __builtin_popcount(opens & before) -
                         __builtin_popcount((mask_of(folded, '}') & ~inside) & before) - 1;
        if (left != 0) continue;
        at += __builtin_ctz(closes) + 1;
        return at <= end ? at : nullptr;
      }
    }
    depth += static_cast<std::uint32_t>(__builtin_popcount(opens)) - closed;
    in_string = static_cast<std::uint32_t>(static_cast<std::int32_t>(inside) >> 31);
  }
  return nullptr;
}

#include "libobs/lang/field_scan_kernel.inc"
#undef OBS_SCAN_TARGET
}  // namespace avx2
#endif

}  // namespace

std::size_t KeySet::add(Place place, std::string_view key) {
  const auto known = static_cast<std::size_t>(find(place, key.data(), key.size()));
  if (known < keys_.size()) return known;
  if (keys_.size() == kMaxScanKeys) return kMaxScanKeys;
  const std::size_t index = keys_.size();
  keys_.emplace_back(key);
  by_length_[key.size() < kLengths ? key.size() : kLengths - 1] |= std::uint64_t{1} << index;
  by_place_[static_cast<std::size_t>(place)] |= std::uint64_t{1} << index;
  return index;
}

void StopRules::add(std::vector<std::uint64_t> alternatives) {
  never_ |= alternatives.empty();
  can_stop_ = !never_;
  if (alternatives.size() == 1) {
    needed_ |= alternatives.front();
  } else {
    others_.push_back(std::move(alternatives));
  }
}

bool StopRules::decides_others(std::uint64_t found) const {
  return std::all_of(others_.begin(), others_.end(), [found](const auto& alternatives) {
    return std::any_of(alternatives.begin(), alternatives.end(),
                       [found](std::uint64_t bits) { return (found & bits) == bits; });
  });
}

std::uint8_t KeyMemory::slot_of(Place place, std::string_view text) {
  const std::uint64_t hash = hash64(text, static_cast<std::uint64_t>(place));
  return static_cast<std::uint8_t>(kFirstSlot + hash % kSlots);
}

ScanEnd scan_fields(std::string_view line, const KeySet& keys, const StopRules& rules,
                    ScanResult& out) {
#if defined(__x86_64__)
  static const bool kHasAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  if (kHasAvx2) {
    out.found = 0;
    avx2::Walk walk{keys, rules, out};
    return avx2::scan_line(line, walk);
  }
#endif
  return scan_fields_plainly(line, keys, rules, out);
}

ScanEnd scan_fields_plainly(std::string_view line, const KeySet& keys, const StopRules& rules,
                            ScanResult& out) {
  out.found = 0;
  plain::Walk walk{keys, rules, out};
  return plain::scan_line(line, walk);
}

}  // namespace obs::lang
