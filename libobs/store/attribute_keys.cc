#include "libobs/store/attribute_keys.h"

#include <algorithm>
#include <cstring>

#include "libobs/base/hash.h"
#include "libobs/store/index_tokens.h"

namespace obs::store {
namespace {

// A checksum of what follows: half of each key's token, ascending.
constexpr std::size_t kHeaderBytes = sizeof(std::uint64_t);
constexpr std::size_t kKeyBytes = sizeof(std::uint32_t);

template <class Number>
void append(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
}

template <class Number>
Number read(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= Number{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return number;
}

bool is_sound(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || (bytes.size() - kHeaderBytes) % kKeyBytes != 0) return false;
  return read<std::uint64_t>(bytes, 0) == hash64(bytes.substr(kHeaderBytes));
}

}  // namespace

void AttributeKeysBuilder::add_new(std::uint32_t key) {
  if (too_many_) return;
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (at != keys_.end() && *at == key) return;
  too_many_ = keys_.size() == kMaxKnownKeys;
  if (!too_many_) keys_.insert(at, key);
}

std::optional<std::string> AttributeKeysBuilder::finish() const {
  if (too_many_) return std::nullopt;
  std::string keys;
  for (const std::uint32_t key : keys_) append(keys, key);
  std::string bytes;
  append(bytes, hash64(keys));
  return bytes + keys;
}

bool may_have_key(std::string_view bytes, std::string_view key) {
  if (!is_sound(bytes)) return true;
  const auto wanted =
      static_cast<std::uint32_t>(attribute_key_token(TokenField::kAttribute, key) >> 32);
  std::size_t begin = 0;
  std::size_t end = (bytes.size() - kHeaderBytes) / kKeyBytes;
  while (begin < end) {
    const std::size_t middle = (begin + end) / 2;
    const auto found = read<std::uint32_t>(bytes, kHeaderBytes + middle * kKeyBytes);
    if (found == wanted) return true;
    if (found < wanted) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return false;
}

}  // namespace obs::store
