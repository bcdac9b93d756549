#include "libobs/lang/redact_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "libobs/lang/redact_literals.h"
#include "libobs/lang/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace obs::lang {
namespace {

// A window is looked at whole; the next one begins 16 bytes before its end, so that every shape,
// none of which is longer, lies whole in one of them.
constexpr std::size_t kWindow = kSuspicionWindow;
constexpr std::size_t kStep = kSuspicionStep;
static_assert(kWindow - kStep == 16);
// Literals are compared eight bytes at a time, from any place in a window.
constexpr std::size_t kReadable = kWindow + 8;

// Bit i of each tells of byte i of a window.
struct Masks {
  std::uint64_t digit = 0;
  std::uint64_t gap = 0;  // What may stand between digits: " -./_+", tabs, characters beyond ASCII.
  std::uint64_t beyond = 0;  // Bytes of the latter.
  std::uint64_t base64 = 0;
  std::uint64_t upper = 0;  // Capital letters.
  std::uint64_t dot = 0;
  std::uint64_t colon = 0;
  std::uint64_t at = 0;
  std::uint64_t percent = 0;
  std::uint64_t plus = 0;
  std::uint64_t opening = 0;  // '('
  std::uint64_t closing = 0;  // ')'
  std::uint64_t backslash = 0;
  std::uint64_t literal = 0;  // Some literal's first three bytes may begin here.
};

// Positions whose byte is in the set, and has another of it two to `reach` bytes on.
std::uint64_t chained(std::uint64_t from, std::uint64_t set, int reach) {
  std::uint64_t next = 0;
  for (int distance = 2; distance <= reach; ++distance) next |= set >> distance;
  return from & next;
}

// Gaps of up to three bytes with digits on both sides.
std::uint64_t between_digits(const Masks& m) {
  std::uint64_t behind = m.gap & (m.digit << 1);
  std::uint64_t before = m.gap & (m.digit >> 1);
  for (int i = 0; i < 2; ++i) {
    behind |= m.gap & (behind << 1);
    before |= m.gap & (before >> 1);
  }
  return behind & before;
}

bool has_card_shape(const Masks& m, std::uint64_t gaps) {
  // Digits and the gaps between them, thirteen in a row.
  std::uint64_t run = m.digit | gaps;
  run &= run >> 1;
  run &= run >> 2;
  run &= run >> 4;
  return (run & (run >> 5)) != 0;
}

// Letters of base64 with a capital among them, so many in a row that one window has them of every
// run of forty.
bool has_random_shape(const Masks& m) {
  std::uint64_t run = m.base64;
  static_assert(kRandomStretch == 1 + 1 + 2 + 4 + 8 + 12);
  for (const int step : {1, 2, 4, 8, 12}) run &= run >> step;
  if (run == 0) return false;
  for (const int step : {1, 2, 4, 8, 12}) run |= run << step;
  return (run & m.upper) != 0;
}

bool has_ip_shape(const Masks& m) {
  constexpr int kOctet = 4;   // Up to three digits and the next dot.
  constexpr int kHextet = 5;  // Up to four and the next colon.
  const std::uint64_t two_dots = chained(m.dot & (m.digit << 1), m.dot, kOctet);
  if (chained(two_dots, two_dots, kOctet) != 0) return true;
  if ((m.colon & (m.colon >> 1)) != 0) return true;
  const std::uint64_t two_colons = chained(m.colon, m.colon, kHextet);
  return chained(chained(two_colons, two_colons, kHextet), two_colons, kHextet) != 0;
}

std::uint32_t judge(const Masks& m) {
  std::uint32_t found = 0;
  if (m.at != 0) found |= Suspicion::kEmail | Suspicion::kNamed;
  if (m.backslash != 0) found |= Suspicion::kEscape;
  if ((m.plus & ((m.digit | m.opening) >> 1)) != 0) found |= Suspicion::kPhone;
  if (has_random_shape(m)) found |= Suspicion::kAws | Suspicion::kPrivateKey;
  if (m.digit == 0 && m.colon == 0) return found;
  const std::uint64_t gaps = between_digits(m);
  if (has_card_shape(m, gaps)) found |= Suspicion::kCard;
  if ((gaps & m.beyond) != 0) found |= Suspicion::kCard | Suspicion::kSsn | Suspicion::kPhone;

  if (has_ip_shape(m)) found |= Suspicion::kIp;
  const std::uint64_t two = m.digit & (m.digit >> 1);
  const std::uint64_t three = two & (m.digit >> 2);
  const std::uint64_t four = two & (two >> 2);
  const std::uint64_t three_gap = three & (m.gap >> 3);
  if ((three_gap & (two >> 4) & (m.gap >> 6) & (four >> 7)) != 0) found |= Suspicion::kSsn;
  const std::uint64_t local = three_gap & (four >> 4);  // 555-0123
  if ((three_gap & (local >> 4)) != 0) found |= Suspicion::kPhone;
  if ((m.closing & ((local >> 1) | (local >> 2))) != 0) found |= Suspicion::kPhone;
  return found;
}

std::uint32_t suspect_candidates(const char* window, const Masks& m) {
  std::uint32_t found = 0;
  for (std::uint64_t left = m.literal; left != 0; left &= left - 1) {
    found |= suspect_literal(window + std::countr_zero(left));
  }
  for (std::uint64_t left = m.percent; left != 0; left &= left - 1) {
    const char* const at = window + std::countr_zero(left);
    if (is_hex(at[1]) && is_hex(at[2])) found |= Suspicion::kEscape;
    if (at[1] == '4' && at[2] == '0') found |= Suspicion::kEmail | Suspicion::kNamed;
  }
  return found;
}

template <Masks (*classify)(const char*)>
std::uint32_t suspect_window(const char* window) {
  const Masks masks = classify(window);
  const std::uint32_t found = judge(masks);
  return (masks.literal | masks.percent) == 0 ? found : found | suspect_candidates(window, masks);
}

// Calls visit(bits) for each window.
template <Masks (*classify)(const char*), class Visit>
void for_each_window(std::string_view text, Visit visit) {
  std::size_t at = 0;
  for (; text.size() - at >= kReadable; at += kStep) {
    visit(suspect_window<classify>(text.data() + at));
  }
  for (bool last = text.empty(); !last; at += kStep) {
    std::array<char, kReadable> padded{};
    const std::size_t left = text.size() - at;
    last = left <= kWindow;
    std::memcpy(padded.data(), text.data() + at, std::min(left, padded.size()));
    visit(suspect_window<classify>(padded.data()));
  }
}

template <Masks (*classify)(const char*)>
std::uint32_t suspect_with(std::string_view text) {
  std::uint32_t found = 0;
  for_each_window<classify>(text, [&](std::uint32_t bits) { found |= bits; });
  return found;
}

Masks classify_plainly(const char* window) {
  Masks m;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char c = window[i];
    if (c >= '0' && c <= '9') m.digit |= bit;
    const bool is_beyond = static_cast<unsigned char>(c) >= 0x80;
    if (is_beyond) m.beyond |= bit;
    if (is_beyond || std::string_view(" -./_+\t").find(c) != std::string_view::npos) m.gap |= bit;
    if (is_upper(c)) m.upper |= bit;
    if (is_letter(c) || is_digit(c) || c == '+' || c == '/') m.base64 |= bit;
    if (c == '.') m.dot |= bit;
    if (c == ':') m.colon |= bit;
    if (c == '@') m.at |= bit;
    if (c == '%') m.percent |= bit;
    if (c == '+') m.plus |= bit;
    if (c == '(') m.opening |= bit;
    if (c == ')') m.closing |= bit;
    if (c == '\\') m.backslash |= bit;
    std::uint8_t buckets = 0xff;
    for (std::size_t place = 0; place < kLiteralPrefix; ++place) {
      const auto byte = static_cast<unsigned char>(window[i + place]);
      buckets &= kLiteralTables.low[place][byte & 15] & kLiteralTables.high[place][byte >> 4];
    }
    if (buckets != 0) m.literal |= bit;
  }
  return m;
}

#if defined(__x86_64__)
#define OBS_AVX2 __attribute__((target("avx2")))

struct Halves {
  __m256i first, second;
};

OBS_AVX2 inline std::uint64_t join(__m256i first, __m256i second) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(first)) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(second))) << 32;
}

OBS_AVX2 inline std::uint64_t equal(const Halves& text, char c) {
  const __m256i wanted = _mm256_set1_epi8(c);
  return join(_mm256_cmpeq_epi8(text.first, wanted), _mm256_cmpeq_epi8(text.second, wanted));
}

OBS_AVX2 inline __m256i is_digit_byte(__m256i text) {
  const __m256i value = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
}

OBS_AVX2 inline __m256i look_up(const std::array<std::uint8_t, 16>& table, __m256i index) {
  const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(values), index);
}

OBS_AVX2 inline __m256i buckets_at(__m256i text, std::size_t place) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i low = _mm256_and_si256(text, nibble);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(text, 4), nibble);
  return _mm256_and_si256(look_up(kLiteralTables.low[place], low),
                          look_up(kLiteralTables.high[place], high));
}

// Classes of bytes, as a bit each that the tables for both halves of the byte have.
constexpr std::uint8_t kLettersUp = 1;    // A to O and a to o.
constexpr std::uint8_t kLettersDown = 2;  // P to Z and p to z.
constexpr std::uint8_t kDigits = 4;
constexpr std::uint8_t kPlusSlash = 8;
constexpr std::uint8_t kSpaceDashDot = 16;
constexpr std::uint8_t kUnderscore = 32;
constexpr std::uint8_t kTab = 64;
constexpr std::uint8_t kGapClasses = kPlusSlash | kSpaceDashDot | kUnderscore | kTab;
constexpr std::uint8_t kBase64Classes = kLettersUp | kLettersDown | kDigits | kPlusSlash;

constexpr auto kClassesOfLow = [] {
  std::array<std::uint8_t, 16> classes{};
  for (std::size_t i = 1; i < 16; ++i) classes[i] |= kLettersUp;
  for (std::size_t i = 0; i < 11; ++i) classes[i] |= kLettersDown;
  for (std::size_t i = 0; i < 10; ++i) classes[i] |= kDigits;
  for (const char c : {'+', '/'}) classes[c & 15] |= kPlusSlash;
  for (const char c : {' ', '-', '.'}) classes[c & 15] |= kSpaceDashDot;
  classes['_' & 15] |= kUnderscore;
  classes['\t'] |= kTab;
  return classes;
}();
constexpr std::array<std::uint8_t, 16> kClassesOfHigh = {
    kTab,       0,           kPlusSlash | kSpaceDashDot,
    kDigits,    kLettersUp,  kLettersDown | kUnderscore,
    kLettersUp, kLettersDown};

OBS_AVX2 inline __m256i classes_of(__m256i text) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(text, 4), nibble);
  return _mm256_and_si256(look_up(kClassesOfLow, _mm256_and_si256(text, nibble)),
                          look_up(kClassesOfHigh, high));
}

OBS_AVX2 inline std::uint64_t any_of(const Halves& classes, std::uint8_t wanted) {
  const __m256i mask = _mm256_set1_epi8(static_cast<char>(wanted));
  const __m256i zero = _mm256_setzero_si256();
  return ~join(_mm256_cmpeq_epi8(_mm256_and_si256(classes.first, mask), zero),
               _mm256_cmpeq_epi8(_mm256_and_si256(classes.second, mask), zero));
}

OBS_AVX2 inline __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

OBS_AVX2 inline __m256i literal_buckets(const char* at) {
  return _mm256_and_si256(_mm256_and_si256(buckets_at(load(at), 0), buckets_at(load(at + 1), 1)),
                          buckets_at(load(at + 2), 2));
}

OBS_AVX2 Masks classify_avx2(const char* window) {
  const Halves text{load(window), load(window + 32)};
  const Halves classes{classes_of(text.first), classes_of(text.second)};
  Masks m;
  m.digit = join(is_digit_byte(text.first), is_digit_byte(text.second));
  m.beyond = join(text.first, text.second);
  m.gap = m.beyond | any_of(classes, kGapClasses);
  m.base64 = any_of(classes, kBase64Classes);
  // Capitals are the letters without the bit that tells lower case, here moved to where join()
  // looks.
  m.upper = m.base64 & ~join(_mm256_slli_epi16(text.first, 2), _mm256_slli_epi16(text.second, 2));
  m.dot = equal(text, '.');
  m.colon = equal(text, ':');
  m.at = equal(text, '@');
  m.percent = equal(text, '%');
  m.plus = equal(text, '+');
  m.opening = equal(text, '(');
  m.closing = equal(text, ')');
  m.backslash = equal(text, '\\');
  const __m256i zero = _mm256_setzero_si256();
  m.literal = ~join(_mm256_cmpeq_epi8(literal_buckets(window), zero),
                    _mm256_cmpeq_epi8(literal_buckets(window + 32), zero));
  return m;
}
#endif

}  // namespace

std::uint32_t suspect_plainly(std::string_view text) {
  return suspect_with<classify_plainly>(text);
}

#if defined(__x86_64__)
static const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

std::uint32_t suspect(std::string_view text) {
#if defined(__x86_64__)
  if (kHasAvx2) return suspect_with<classify_avx2>(text);
#endif
  return suspect_plainly(text);
}

void suspect_windows(std::string_view text, std::vector<std::uint32_t>& out) {
  out.clear();
  const auto keep = [&](std::uint32_t bits) { out.push_back(bits); };
#if defined(__x86_64__)
  if (kHasAvx2) return for_each_window<classify_avx2>(text, keep);
#endif
  for_each_window<classify_plainly>(text, keep);
}

}  // namespace obs::lang
