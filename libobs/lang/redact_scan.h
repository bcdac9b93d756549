// The first look of redaction: what a text might hold, told from the shape of its bytes alone.
//
// Most log lines hold no secret. One pass over the text looks at 64 bytes at a time for what each
// kind of secret cannot do without: an '@', three dots among digits, thirteen digits in a row, the
// first letters of "eyJ", "AKIA" or "password". A detector runs only when its bits are set. It may
// be set in vain, but is never missing: a test compares it with the detectors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "libobs/lang/diagnostic.h"

namespace obs::lang {

// Bits, one for each shape.
struct Suspicion {
  static constexpr std::uint32_t kEmail = 1U << 0;
  static constexpr std::uint32_t kCard = 1U << 1;
  static constexpr std::uint32_t kSsn = 1U << 2;
  static constexpr std::uint32_t kPhone = 1U << 3;
  static constexpr std::uint32_t kIp = 1U << 4;
  static constexpr std::uint32_t kJwt = 1U << 5;
  static constexpr std::uint32_t kAws = 1U << 6;
  static constexpr std::uint32_t kGithub = 1U << 7;
  static constexpr std::uint32_t kSlack = 1U << 8;
  static constexpr std::uint32_t kBearer = 1U << 9;
  static constexpr std::uint32_t kPrivateKey = 1U << 10;
  static constexpr std::uint32_t kNamed = 1U << 11;
  static constexpr std::uint32_t kEscape = 1U << 12;  // A backslash or %40: they may hide anything.
  static constexpr std::uint32_t kBytes = 1U << 13;   // "$bytes": base64 may hide anything.
};

// With the widest instructions the machine has. Any thread.
std::uint32_t suspect(std::string_view text);
// The same answer without them.
std::uint32_t suspect_plainly(std::string_view text);

// Letters of base64 in a row; a run of forty has so many of them wherever a window begins.
inline constexpr std::size_t kRandomStretch = 28;

// Where in a text the shapes are. A part of the text whose escapes and shapes lie outside it holds
// no secret, so that only what is marked need be looked at alone.
class Suspects {
 public:
  // Looks for what `interest` has bits of. Digits that fail the checks of a card are left out.
  void look(std::string_view text, std::uint32_t interest);

  std::uint32_t bits() const { return bits_; }
  // Whether a shape begins in the part.
  bool is_marked(Extent part) const;

 private:
  void mark(std::size_t at, std::uint64_t places);
  void check_cards(std::string_view text, std::size_t at, std::uint64_t starts);

  std::uint32_t bits_ = 0;
  std::vector<std::uint64_t> marks_;  // A bit for each byte, and some for those behind the end.
  std::size_t checked_ = 0;           // No card begins before, but for those that are marked.
};

}  // namespace obs::lang
