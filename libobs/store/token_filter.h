// A token filter: says of a set of 64-bit tokens whether one may be in it, and in which sections of
// a row group, in two and a half bytes a token.
//
// Row groups never change, so this is a static filter rather than a Bloom filter: a binary fuse
// filter (Graf, Lemire: "Binary Fuse Filters", 2022) with 11-bit fingerprints. One in 2,048 tokens
// that are not in the set seems to be. Beside the fingerprint a token has five bits that say where:
// a search for what is rare then reads a thirtieth of a row group, and not all of it.
//
//   filter := count:u32 seed:u32 segment_bits:u32 segments:u32 cell:u16*
//
// Little-endian; (segments + 2) << segment_bits cells. A cell's low 11 bits are of fingerprints,
// the high five of sections; 31 is all of them. A token of up to kMostPlaces sections is in the
// filter once for each, with another hash each time. Pure. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace obs::store {

// A row group's rows are of so many sections of the same size, the last of them aside.
inline constexpr std::uint32_t kSections = 31;
// Where a token is that may be anywhere.
inline constexpr std::uint32_t kAnySection = kSections;
// A token of more sections is one that may be anywhere.
inline constexpr unsigned kMostPlaces = 4;

// Section i is bit i.
using SectionMask = std::uint32_t;
inline constexpr SectionMask kAllSections = (SectionMask{1} << kSections) - 1;

// A token without its low bits, which say instead which of its places this is, and then the
// section.
using PlacedToken = std::uint64_t;
inline constexpr unsigned kSectionBits = 5;
inline constexpr unsigned kPlaceBits = 2;
static_assert(kSections == (1U << kSectionBits) - 1 && kMostPlaces == 1U << kPlaceBits);

// Distinct tokens and where they are, gathered for a filter. Most tokens of a row group were seen a
// moment before: a small table in front answers for these. Memory for twice the distinct ones and a
// few more.
class TokenSet {
 public:
  TokenSet();
  void add(std::uint64_t token, std::uint32_t section) {
    const PlacedToken placed = (token & ~kLowBits) | section;
    PlacedToken& recent = recent_[(token >> kKeyShift) % kRecent];
    if (recent == placed) return;
    recent = placed;
    tokens_.push_back(placed);
    if (tokens_.size() >= compact_at_) compact();
  }
  // Those added since clear(), in an order that append_token_filter() likes.
  std::span<const PlacedToken> distinct();
  void clear();

 private:
  static constexpr unsigned kKeyShift = kPlaceBits + kSectionBits;
  static constexpr std::uint64_t kLowBits = (1 << kKeyShift) - 1;
  static constexpr std::size_t kRecent = 4096;
  static constexpr std::size_t kCompactAt = std::size_t{1} << 18;
  void compact();
  void part(unsigned bits);
  std::size_t keep_distinct(std::span<const PlacedToken> tokens, std::size_t kept);
  void keep(PlacedToken token);
  std::optional<PlacedToken> place_of(std::size_t slot) const;

  std::vector<PlacedToken> recent_;
  std::vector<PlacedToken> tokens_;
  std::size_t compact_at_ = kCompactAt;
  // Room for compact().
  std::vector<PlacedToken> parted_;
  std::vector<std::uint32_t> ends_;
  std::vector<PlacedToken> slots_;  // Open addressing; kFreeSlot is free.
};

// Appends a filter of what TokenSet::distinct() answered.
void append_token_filter(std::string& out, std::span<const PlacedToken> tokens);

// A filter in bytes that somebody else keeps.
class TokenFilter {
 public:
  // nullopt: these bytes are no filter.
  static std::optional<TokenFilter> parse(std::string_view bytes);

  // The sections where the token may be; none: it is not in the set.
  SectionMask find(std::uint64_t token) const;
  // Tokens, each as often as it has places.
  std::uint32_t count() const { return count_; }

 private:
  TokenFilter() = default;
  // The section of one of the token's places.
  std::optional<std::uint32_t> look_up(std::uint64_t key) const;

  std::uint32_t count_ = 0;
  std::uint32_t seed_ = 0;
  std::uint32_t segment_bits_ = 0;
  std::uint32_t segments_ = 0;
  std::string_view cells_;
};

}  // namespace obs::store
