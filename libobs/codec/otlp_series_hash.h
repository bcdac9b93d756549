// Hashes of what series are made of, out of the bytes of a request. For the codec's own files.
//
// A sender names its series with the same bytes in each request, and they are at hand while it is
// decoded; later they would have to be fetched from memory again, each for itself.

#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "libobs/base/hash.h"

namespace obs::codec::otlp {

struct HashHalves {
  std::uint64_t first, second;
};

// Of `inner` in what `outer` stands for; `kind` tells inner things apart that have the same bytes.
inline Hash128 hash_within(const Hash128& outer, std::string_view inner, std::uint64_t kind = 0) {
  const auto around = std::bit_cast<HashHalves>(outer);
  auto hash = std::bit_cast<HashHalves>(hash128(inner, around.first + kind));
  // The first half is all that a seed has room for.
  hash.second ^= around.second;
  return std::bit_cast<Hash128>(hash);
}

// Likewise, where what is within is hashed again: cheaper, since only the first half is made anew.
inline Hash128 seed_within(const Hash128& outer, std::string_view inner, std::uint64_t kind) {
  auto hash = std::bit_cast<HashHalves>(outer);
  hash.first = hash64(inner, hash.first + kind);
  return std::bit_cast<Hash128>(hash);
}

}  // namespace obs::codec::otlp
