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

// Distinct tokens, gathered for a filter. Of the tokens of a row group nearly all were seen a
// moment before: a small table in front answers for these.
class TokenSet {
 public:
  TokenSet();
  void add(std::uint64_t token) {
    std::uint64_t& recent = recent_[token % kRecent];
    if (recent == token) return;
    recent = token;
    insert(token);
  }
  std::span<const std::uint64_t> tokens() const { return tokens_; }
  void clear();

 private:
  static constexpr std::size_t kRecent = 4096;
  void insert(std::uint64_t token);
  void grow();

  std::vector<std::uint64_t> recent_;
  std::vector<std::uint64_t> slots_;  // Open addressing; 0 is free.
  std::vector<std::uint64_t> tokens_;
  bool has_zero_ = false;
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
