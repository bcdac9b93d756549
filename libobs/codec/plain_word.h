// Words of formats without types, as JSON: numbers, true and false are themselves, all else is
// text.

#pragma once

#include <string>
#include <string_view>

namespace obs::codec {

// "007" and "+1" are names, not numbers; so is what no 64 bits hold. Text that is no UTF-8 is
// repaired.
void append_plain_word(std::string& out, std::string_view word);

}  // namespace obs::codec
