// What stands in the place of a secret.
//
//   mask  := "[" name "]"                  [email]
//          | "***" 0*8(character)          ***1111, when some are kept
//   hash  := "[" name ":" 32hexdigit "]"   [email:0a1b…]
//
// Letters, digits and marks that no JSON string has to escape.

#pragma once

#include <string>
#include <string_view>

#include "libobs/lang/diagnostic.h"

namespace obs::lang {

// More would leave too much of a secret.
inline constexpr std::size_t kMaxKept = 8;

// Whether the extent lies in a mask or hash, so that redacting twice changes nothing.
bool is_redacted(std::string_view text, Extent where);

}  // namespace obs::lang
