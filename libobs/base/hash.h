// Hashes: XXH3, for tables, content ids and slots. Not for secrets.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "libobs/base/bytes.h"

namespace obs {

std::uint64_t hash64(std::string_view text, std::uint64_t seed = 0);

using Hash128 = std::array<std::byte, 16>;
Hash128 hash128(std::string_view text, std::uint64_t seed = 0);

// Fills with bytes from the kernel's generator.
void fill_random(std::span<std::byte> out);

}  // namespace obs
