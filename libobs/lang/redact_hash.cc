#include "libobs/lang/redact_hash.h"

#include <bit>
#include <cstddef>

#include "libobs/base/text.h"

namespace obs::lang {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }

  std::uint64_t squeeze() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// Up to eight bytes, little-endian.
std::uint64_t word_at(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    word = word << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return word;
}

}  // namespace

// A secret becomes a key by the function itself, under a key that everybody knows: "obs redaction
// " in ASCII. Any change of it would change every hash.
KeyedHash::KeyedHash(std::string_view secret)
    : key_(KeyedHash({0x616465722073626f, 0x206e6f6974636164}).hash(secret)) {}

std::array<std::uint64_t, 2> KeyedHash::hash(std::string_view text) const {
  State state{0x736f6d6570736575 ^ key_[0], 0x646f72616e646f6d ^ key_[1] ^ 0xee,
              0x6c7967656e657261 ^ key_[0], 0x7465646279746573 ^ key_[1]};
  const std::uint64_t size = text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) state.absorb(word_at(text.substr(0, 8)));
  state.absorb(word_at(text) | size << 56);
  state.v2 ^= 0xee;
  const std::uint64_t first = state.squeeze();
  state.v1 ^= 0xdd;
  return {first, state.squeeze()};
}

std::string KeyedHash::hex(std::string_view text) const {
  std::array<std::byte, 16> bytes;
  const auto words = hash(text);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(words[i / 8] >> (8 * (i % 8)));
  }
  std::string out;
  append_hex(out, bytes);
  return out;
}

}  // namespace obs::lang
