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

// The bits of each window of the text: window i is of the kSuspicionWindow bytes from
// i * kSuspicionStep on. A shape that lies in a part of the text is told by a window that overlaps
// the part.
// Of letters of base64 in a row; a run of forty has so many of them in one window.
inline constexpr std::size_t kRandomStretch = 28;
inline constexpr std::size_t kSuspicionWindow = 64;
inline constexpr std::size_t kSuspicionStep = 48;
void suspect_windows(std::string_view text, std::vector<std::uint32_t>& out);

// The same answer without them.
std::uint32_t suspect_plainly(std::string_view text);

}  // namespace obs::lang
