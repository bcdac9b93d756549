// Text of a record on its way to a terminal.

#pragma once

#include <string>
#include <string_view>

namespace obs::lang {

// Whether the text goes to a terminal as it is: ASCII without control characters or escapes.
bool is_terminal_plain(std::string_view text);

// Appends the text, with newlines replaced by `newline`. Nothing of it steers the terminal, or
// makes it show characters in another order than they stand in: control characters (C1 too, and
// bytes that are no UTF-8), bidirectional overrides and line separators become U+FFFD, tabs a
// space.
void append_terminal_text(std::string& out, std::string_view text, std::string_view newline);
// The same for what stands between the quotes of a JSON string, with its escapes resolved.
void append_terminal_json(std::string& out, std::string_view text, std::string_view newline);

}  // namespace obs::lang
