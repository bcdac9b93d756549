// A token filter: says of a set of 64-bit tokens whether one may be in it, in less than two bytes a
// token.
//
// Row groups never change, so this is a static filter rather than a Bloom filter: a binary fuse
// filter (Graf, Lemire: "Binary Fuse Filters", 2022) with 11-bit fingerprints. One in 2,048 tokens
// that are not in the set seems to be; a Bloom filter of that exactness takes a third more room.
//
//   filter := count:u32 seed:u32 segment_bits:u32 segments:u32 fingerprints
//
// Little-endian. The fingerprints are 11 bits each, packed from the low bits up, (segments + 2) <<
// segment_bits of them. Pure. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace obs::store {

// Distinct tokens, gathered for a filter. Most tokens of a row group were seen a moment before: a
// small table in front answers for these. Memory for twice the distinct ones and a few more.
class TokenSet {
 public:
  TokenSet();
  void add(std::uint64_t token) {
    std::uint64_t& recent = recent_[token % kRecent];
    if (recent == token) return;
    recent = token;
    tokens_.push_back(token);
    if (tokens_.size() >= compact_at_) compact();
  }
  // Those added since clear(), in an order that append_token_filter() likes.
  std::span<const std::uint64_t> distinct();
  void clear();

 private:
  static constexpr std::size_t kRecent = 4096;
  static constexpr std::size_t kCompactAt = std::size_t{1} << 18;
  void compact();
  void part(unsigned bits);
  std::size_t keep_distinct(std::span<const std::uint64_t> tokens, std::size_t kept);

  std::vector<std::uint64_t> recent_;
  std::vector<std::uint64_t> tokens_;
  std::size_t compact_at_ = kCompactAt;
  // Room for compact().
  std::vector<std::uint64_t> parted_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint64_t> slots_;  // Open addressing; 0 is free.
};

// Appends a filter of these tokens, which are distinct and well mixed.
void append_token_filter(std::string& out, std::span<const std::uint64_t> tokens);

// A filter in bytes that somebody else keeps.
class TokenFilter {
 public:
  // nullopt: these bytes are no filter.
  static std::optional<TokenFilter> parse(std::string_view bytes);

  // False: the token is not in the set.
  bool may_have(std::uint64_t token) const;
  std::uint32_t count() const { return count_; }

 private:
  TokenFilter() = default;

  std::uint32_t count_ = 0;
  std::uint32_t seed_ = 0;
  std::uint32_t segment_bits_ = 0;
  std::uint32_t segments_ = 0;
  std::string_view fingerprints_;
};

}  // namespace obs::store
