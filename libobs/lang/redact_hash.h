// A keyed hash for redaction: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012).
//
// It is a pseudo-random function: without the key, a hash tells nothing of the text, not even by
// trying all texts there are; with it, equal texts have equal hashes on every machine. So people
// can still be counted and followed in data that no longer says who they are. OpenSSL's HMACs
// belong to a layer above this one, and XXH3 is no function for secrets.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace obs::lang {

class KeyedHash {
 public:
  // A secret of any length, as a person has it; longer than 16 bytes of good chance adds nothing.
  explicit KeyedHash(std::string_view secret);
  // The function itself, with the key as two little-endian words.
  explicit KeyedHash(std::array<std::uint64_t, 2> key) : key_(key) {}

  std::array<std::uint64_t, 2> hash(std::string_view text) const;
  // The 16 bytes of hash() in hex, in the order of the reference implementation's output.
  std::string hex(std::string_view text) const;

 private:
  std::array<std::uint64_t, 2> key_;
};

}  // namespace obs::lang
