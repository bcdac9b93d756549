// The words that redaction's first look searches for, and tables that find any three first letters
// of them at once.
//
// A word is found by its first three bytes: each of the eight buckets holds some words, and a byte
// is looked up twice for its place (first, second, third) by its upper and lower four bits, which
// gives the buckets it fits. What fits at all three places is compared in full. This is the filter
// of Hyperscan's "Teddy" (Qiu et al.), with case folded by putting both cases into the tables.

#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "libobs/lang/redact_scan.h"

namespace obs::lang {

struct RedactLiteral {
  std::string_view lower;  // 3 to 8 bytes.
  std::uint32_t suspicion;
  std::uint8_t bucket;
};

inline constexpr std::array kRedactLiterals = {
    RedactLiteral{"eyj", Suspicion::kJwt, 0},
    RedactLiteral{"akia", Suspicion::kAws, 1},
    RedactLiteral{"asia", Suspicion::kAws, 1},
    RedactLiteral{"abia", Suspicion::kAws, 1},
    RedactLiteral{"acca", Suspicion::kAws, 1},
    RedactLiteral{"ghp_", Suspicion::kGithub, 2},
    RedactLiteral{"gho_", Suspicion::kGithub, 2},
    RedactLiteral{"ghu_", Suspicion::kGithub, 2},
    RedactLiteral{"ghs_", Suspicion::kGithub, 2},
    RedactLiteral{"ghr_", Suspicion::kGithub, 2},
    RedactLiteral{"hub_pat_", Suspicion::kGithub, 3},
    RedactLiteral{"xox", Suspicion::kSlack, 0},
    RedactLiteral{"xwfp-", Suspicion::kSlack, 3},
    RedactLiteral{"xapp-", Suspicion::kSlack, 3},
    RedactLiteral{"slack.co", Suspicion::kSlack, 4},
    RedactLiteral{"bearer", Suspicion::kBearer, 5},
    RedactLiteral{"basic", Suspicion::kBearer, 6},
    RedactLiteral{"-----beg", Suspicion::kPrivateKey, 7},
    RedactLiteral{"pass", Suspicion::kNamed, 0},
    RedactLiteral{"pwd", Suspicion::kNamed, 2},
    RedactLiteral{"secret", Suspicion::kNamed, 3},
    RedactLiteral{"token", Suspicion::kNamed, 4},
    RedactLiteral{"apikey", Suspicion::kNamed, 5},
    RedactLiteral{"api_key", Suspicion::kNamed, 5},
    RedactLiteral{"api-key", Suspicion::kNamed, 5},
    RedactLiteral{"api.key", Suspicion::kNamed, 5},
    RedactLiteral{"access_k", Suspicion::kNamed, 6},
    RedactLiteral{"access-k", Suspicion::kNamed, 6},
    RedactLiteral{"access.k", Suspicion::kNamed, 6},
    RedactLiteral{"accesske", Suspicion::kNamed, 6},
    RedactLiteral{"ivate_ke", Suspicion::kNamed, 7},
    RedactLiteral{"ivate-ke", Suspicion::kNamed, 7},
    RedactLiteral{"ivate.ke", Suspicion::kNamed, 7},
    RedactLiteral{"ivatekey", Suspicion::kNamed, 7},
    RedactLiteral{"credenti", Suspicion::kNamed, 2},
    RedactLiteral{"authoriz", Suspicion::kNamed, 5},
    RedactLiteral{"ssn", Suspicion::kSsn, 6},
    RedactLiteral{"social", Suspicion::kSsn, 4},
    RedactLiteral{"phone", Suspicion::kPhone, 0},
    RedactLiteral{"msisdn", Suspicion::kPhone, 3},
    RedactLiteral{"mobile", Suspicion::kPhone, 2},
    RedactLiteral{"fax", Suspicion::kPhone, 1},
    RedactLiteral{"tel:", Suspicion::kPhone, 4},
    RedactLiteral{"tel=", Suspicion::kPhone, 4},
    RedactLiteral{"tel\"", Suspicion::kPhone, 4},
    RedactLiteral{"tel.", Suspicion::kPhone, 4},
    RedactLiteral{"tel ", Suspicion::kPhone, 4},
    RedactLiteral{"$bytes", Suspicion::kBytes, 7},
};

inline constexpr std::size_t kLiteralPrefix = 3;

struct LiteralTables {
  // [place][half of the byte]: buckets that have such a byte at that place.
  std::array<std::array<std::uint8_t, 16>, kLiteralPrefix> low{};
  std::array<std::array<std::uint8_t, 16>, kLiteralPrefix> high{};
};

inline constexpr LiteralTables kLiteralTables = [] {
  LiteralTables tables;
  for (const RedactLiteral& literal : kRedactLiterals) {
    const auto bit = static_cast<std::uint8_t>(1U << literal.bucket);
    for (std::size_t place = 0; place < kLiteralPrefix; ++place) {
      const auto c = static_cast<unsigned char>(literal.lower[place]);
      const auto other = static_cast<unsigned char>(c >= 'a' && c <= 'z' ? c - 0x20 : c);
      for (const unsigned char spelled : {c, other}) {
        tables.low[place][spelled & 15] |= bit;
        tables.high[place][spelled >> 4] |= bit;
      }
    }
  }
  return tables;
}();

// Eight bytes with the bit set that tells lower case from upper. Equal words stay equal; some
// others become so, which only costs a detector's look.
inline constexpr std::uint64_t kCaseBits = 0x2020202020202020;

struct FoldedLiteral {
  std::uint64_t word = 0;
  std::uint64_t mask = 0;
  std::uint32_t suspicion = 0;
};

inline constexpr auto kFoldedLiterals = [] {
  std::array<FoldedLiteral, kRedactLiterals.size()> folded{};
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const std::string_view lower = kRedactLiterals[i].lower;
    for (std::size_t at = 0; at < lower.size(); ++at) {
      const auto c = static_cast<unsigned char>(lower[at]);
      folded[i].word |= std::uint64_t{static_cast<unsigned char>(c | 0x20)} << (8 * at);
      folded[i].mask |= std::uint64_t{0xff} << (8 * at);
    }
    folded[i].suspicion = kRedactLiterals[i].suspicion;
  }
  return folded;
}();

static_assert(kRedactLiterals.size() <= 64);

// [place][folded byte]: a bit for each literal that has that byte at that place. The three of them
// together leave one literal or two to compare.
inline constexpr auto kLiteralBits = [] {
  std::array<std::array<std::uint64_t, 256>, kLiteralPrefix> bits{};
  for (std::size_t i = 0; i < kRedactLiterals.size(); ++i) {
    for (std::size_t place = 0; place < kLiteralPrefix; ++place) {
      const auto c = static_cast<unsigned char>(kRedactLiterals[i].lower[place]);
      bits[place][c | 0x20] |= std::uint64_t{1} << i;
    }
  }
  return bits;
}();

// What the literals that begin at `at`, of which 8 bytes may be read, are suspected of.
inline std::uint32_t suspect_literal(const char* at) {
  const auto bits = [&](std::size_t place) {
    return kLiteralBits[place][static_cast<unsigned char>(at[place]) | 0x20];
  };
  std::uint64_t left = bits(0) & bits(1) & bits(2);
  if (left == 0) return 0;
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(at[i]);
  word |= kCaseBits;
  std::uint32_t found = 0;
  for (; left != 0; left &= left - 1) {
    const FoldedLiteral& literal =
        kFoldedLiterals[static_cast<std::size_t>(std::countr_zero(left))];
    if (((word ^ literal.word) & literal.mask) == 0) found |= literal.suspicion;
  }
  return found;
}

}  // namespace obs::lang
