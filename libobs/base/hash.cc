#include "libobs/base/hash.h"

#include <cstring>

#include <sys/random.h>

#define XXH_INLINE_ALL  // Short keys spend more on the call than on the hash.
#include <xxhash.h>

namespace obs {

std::uint64_t hash64(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

Hash128 hash128(std::string_view text, std::uint64_t seed) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(text.data(), text.size(), seed));
  Hash128 hash;
  static_assert(sizeof(canonical.digest) == sizeof(hash));
  std::memcpy(hash.data(), canonical.digest, hash.size());
  return hash;
}

void fill_random(std::span<std::byte> out) {
  while (!out.empty()) {
    // Only EINTR can come back from a valid buffer, early in boot.
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace obs
