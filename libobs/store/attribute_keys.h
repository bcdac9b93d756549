// Which keys the attributes of a part have: what no record has need not be looked for in the JSON
// of every record. The catalog keeps it (catalog_blobs.h). Pure. Internal to libobs/store.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace obs::store {

inline constexpr std::string_view kKeysBlob = "keys";

// A stranger may send a new key with each record: of a part with more keys nothing is known.
inline constexpr std::size_t kMaxKnownKeys = 1024;

class AttributeKeysBuilder {
 public:
  // `token` is attribute_key_token() of the key.
  void add(std::uint64_t token) {
    std::uint64_t& slot = slots_[token % kSlots];
    if (slot == token) return;
    slot = token;
    add_new(static_cast<std::uint32_t>(token >> 32));
  }

  // The bytes; nullopt when there were too many keys.
  std::optional<std::string> finish() const;

 private:
  static constexpr std::size_t kSlots = 4096;

  void add_new(std::uint32_t key);

  // The token that was last in this place: records have the same keys over and over.
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(kSlots);
  std::vector<std::uint32_t> keys_;  // Ascending.
  bool too_many_ = false;
};

// False when no record of the part has the attribute; true too when `bytes` are no set of keys.
bool may_have_key(std::string_view bytes, std::string_view key);

}  // namespace obs::store
