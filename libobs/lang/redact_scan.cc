#include "libobs/lang/redact_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_literals.h"
#include "libobs/lang/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace obs::lang {
namespace {

// A window is looked at whole; the next one begins 16 bytes before its end, so that every shape,
// none of which is longer, lies whole in one of them.
constexpr std::size_t kWindow = 64;
constexpr std::size_t kStep = 48;
// Literals are compared eight bytes at a time, from any place in a window.
constexpr std::size_t kReadable = kWindow + 8;

constexpr CharSet kGapMarks(" -./_+\t");
// What may stand between digits; of characters beyond ASCII any byte.
bool is_gap(char c) { return kGapMarks(c) || static_cast<unsigned char>(c) >= 0x80; }

// Bit i of each tells of byte i of a window.
struct Masks {
  std::uint64_t digit = 0;
  std::uint64_t gap = 0;
  std::uint64_t beyond = 0;  // Bytes of characters beyond ASCII.
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

// Where digits, and the gaps between them, are thirteen in a row.
std::uint64_t card_starts(const Masks& m, std::uint64_t gaps) {
  std::uint64_t run = m.digit | gaps;
  run &= run >> 1;
  run &= run >> 2;
  run &= run >> 4;
  return run & (run >> 5);
}

// The capitals of letters of base64, of which there are so many in a row that one window has them
// of every run of forty.
std::uint64_t random_capitals(const Masks& m) {
  std::uint64_t run = m.base64;
  static_assert(kRandomStretch == 1 + 1 + 2 + 4 + 8 + 12);
  for (const int step : {1, 2, 4, 8, 12}) run &= run >> step;
  if (run == 0) return 0;
  for (const int step : {1, 2, 4, 8, 12}) run |= run << step;
  return run & m.upper;
}

std::uint64_t ip_starts(const Masks& m) {
  constexpr int kOctet = 4;   // Up to three digits and the next dot.
  constexpr int kHextet = 5;  // Up to four and the next colon.
  const std::uint64_t two_dots = chained(m.dot & (m.digit << 1), m.dot, kOctet);
  const std::uint64_t two_colons = chained(m.colon, m.colon, kHextet);
  return chained(two_dots, two_dots, kOctet) | (m.colon & (m.colon >> 1)) |
         chained(chained(two_colons, two_colons, kHextet), two_colons, kHextet);
}

// What a window has of what is looked for, and bits of where that begins.
struct Judgement {
  std::uint32_t interest;
  std::uint32_t bits = 0;
  std::uint64_t places = 0;
  std::uint64_t cards = 0;  // Digits that may be a card's.

  void add(std::uint32_t suspicion, std::uint64_t at) {
    if (at == 0 || (suspicion & interest) == 0) return;
    bits |= suspicion & interest;
    places |= at;
  }
};

void judge_digits(const Masks& m, Judgement& found) {
  const std::uint64_t gaps = between_digits(m);
  if ((found.interest & Suspicion::kCard) != 0) found.cards = card_starts(m, gaps);
  found.add(Suspicion::kCard | Suspicion::kSsn | Suspicion::kPhone, gaps & m.beyond);
  found.add(Suspicion::kIp, ip_starts(m));
  const std::uint64_t two = m.digit & (m.digit >> 1);
  const std::uint64_t three = two & (m.digit >> 2);
  const std::uint64_t four = two & (two >> 2);
  const std::uint64_t three_gap = three & (m.gap >> 3);
  found.add(Suspicion::kSsn, three_gap & (two >> 4) & (m.gap >> 6) & (four >> 7));
  const std::uint64_t local = three_gap & (four >> 4);  // 555-0123
  found.add(Suspicion::kPhone, three_gap & (local >> 4));
  found.add(Suspicion::kPhone, m.closing & ((local >> 1) | (local >> 2)));
}

void judge_candidates(const char* window, const Masks& m, Judgement& found) {
  for (std::uint64_t left = m.literal; left != 0; left &= left - 1) {
    found.add(suspect_literal(window + std::countr_zero(left)), left & -left);
  }
  for (std::uint64_t left = m.percent; left != 0; left &= left - 1) {
    const char* const at = window + std::countr_zero(left);
    const std::uint64_t place = left & -left;
    if (is_hex(at[1]) && is_hex(at[2])) found.add(Suspicion::kEscape, place);
    if (at[1] == '4' && at[2] == '0') found.add(Suspicion::kEmail | Suspicion::kNamed, place);
  }
}

template <Masks (*classify)(const char*)>
Judgement judge(const char* window, std::uint32_t interest) {
  const Masks m = classify(window);
  Judgement found{interest};
  found.add(Suspicion::kEmail | Suspicion::kNamed, m.at);
  found.add(Suspicion::kEscape, m.backslash);
  found.add(Suspicion::kPhone, m.plus & ((m.digit | m.opening) >> 1));
  found.add(Suspicion::kAws | Suspicion::kPrivateKey, random_capitals(m));
  if ((m.digit | m.colon) != 0) judge_digits(m, found);
  if ((m.literal | m.percent) != 0) judge_candidates(window, m, found);
  return found;
}

// Calls visit(begin, judgement) for each window.
template <Masks (*classify)(const char*), class Visit>
void for_each_window(std::string_view text, std::uint32_t interest, Visit visit) {
  std::size_t at = 0;
  for (; text.size() - at >= kReadable; at += kStep) {
    visit(at, judge<classify>(text.data() + at, interest));
  }
  for (bool last = text.empty(); !last; at += kStep) {
    std::array<char, kReadable> padded{};
    const std::size_t left = text.size() - at;
    last = left <= kWindow;
    std::memcpy(padded.data(), text.data() + at, std::min(left, padded.size()));
    visit(at, judge<classify>(padded.data(), interest));
  }
}

constexpr std::uint32_t kEverything = ~std::uint32_t{0};

template <Masks (*classify)(const char*)>
std::uint32_t suspect_with(std::string_view text) {
  std::uint32_t found = 0;
  for_each_window<classify>(text, kEverything, [&](std::size_t, const Judgement& window) {
    found |= window.bits | (window.cards != 0 ? Suspicion::kCard : 0);
  });
  return found;
}

Masks classify_plainly(const char* window) {
  Masks m;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char c = window[i];
    if (c >= '0' && c <= '9') m.digit |= bit;
    if (static_cast<unsigned char>(c) >= 0x80) m.beyond |= bit;
    if (is_gap(c)) m.gap |= bit;
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

void Suspects::mark(std::size_t at, std::uint64_t places) {
  const std::size_t word = at / 64;
  const std::size_t shift = at % 64;
  marks_[word] |= places << shift;
  if (shift != 0) marks_[word + 1] |= places >> (64 - shift);
}

bool Suspects::is_marked(Extent part) const {
  if (part.end <= part.begin) return false;
  const std::size_t first = part.begin / 64;
  const std::size_t last = (part.end - 1) / 64;
  const std::uint64_t from = ~std::uint64_t{0} << (part.begin % 64);
  const std::uint64_t to = ~std::uint64_t{0} >> (63 - (part.end - 1) % 64);
  if (first == last) return (marks_[first] & from & to) != 0;
  for (std::size_t word = first + 1; word < last; ++word) {
    if (marks_[word] != 0) return true;
  }
  return (marks_[first] & from) != 0 || (marks_[last] & to) != 0;
}

// Most digits in a row are fractions, times and ids, which the checks of a card tell from cards
// sooner than a walk through the line does. Digits before an exponent are another number.
void Suspects::check_cards(std::string_view text, std::size_t at, std::uint64_t starts) {
  constexpr std::size_t kLongestCard = 19 + 5 * 3;  // With all its gaps.
  const auto is_part = [](char c) { return is_digit(c) || is_gap(c); };
  const auto is_decimal = [](char c) { return is_digit(c) || c == '.'; };
  for (; starts != 0; starts &= starts - 1) {
    const std::size_t start = at + static_cast<std::size_t>(std::countr_zero(starts));
    if (start < checked_) continue;
    const std::size_t floor = std::max(checked_, start - std::min(start, kLongestCard));
    std::size_t from = skip_left(text, start, floor, is_part);
    const bool is_cut = from > 0 && is_digit(text[from - 1]);
    if (is_cut) from = skip_right(text, from, is_digit);
    const std::size_t end = skip_right(text, start, is_decimal);
    const bool has_exponent = end < text.size() && (text[end] | 0x20) == 'e';
    checked_ = std::max(start + 1, end);
    if (!has_exponent && next_card(text, from, checked_).end == 0) continue;
    bits_ |= Suspicion::kCard;
    mark(start, 1);
  }
}

void Suspects::look(std::string_view text, std::uint32_t interest) {
  bits_ = 0;
  checked_ = 0;
  marks_.assign(text.size() / 64 + 3, 0);
  const auto visit = [&](std::size_t at, const Judgement& window) {
    bits_ |= window.bits;
    if (window.places != 0) mark(at, window.places);
    if (window.cards != 0) check_cards(text, at, window.cards);
  };
#if defined(__x86_64__)
  if (kHasAvx2) return for_each_window<classify_avx2>(text, interest, visit);
#endif
  for_each_window<classify_plainly>(text, interest, visit);
}

}  // namespace obs::lang
