// One step through UTF-8, shared by what checks, mends and measures text.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace obs {

struct Utf8Step {
  std::size_t size = 0;  // Bytes taken: a whole character, or a maximal ill-formed sequence.
  bool well_formed = false;
  char32_t character = 0;  // When well-formed.
};

// Decodes the first character of `text`, which is not empty.
Utf8Step next_utf8(std::string_view text);

// How many bytes at the front of `text` are ASCII.
std::size_t ascii_prefix(std::string_view text);

}  // namespace obs
