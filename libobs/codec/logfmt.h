// logfmt: key=value words in a line, as Heroku and Go's loggers write them.
//
//   line := *(space / pair)      pair := key ["=" [value]]
//   value := word / DQUOTE *(char / "\" char) DQUOTE
//
// A key alone is true.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

// Appends the line as an object of JSON. False, with `out` as it was, when no word of the line is a
// pair: then it is text. Values are typed by append_plain_word(), but quoted ones are text.
bool append_logfmt_object(std::string& out, std::string_view line);

// Whether a line is logfmt to the letter: it has a pair, no value without a key, quotes that end
// and have a space behind them. append_logfmt_object() makes the best of the others.
Result<void, ParseError> check_logfmt(std::string_view line);

// Appends ` key=value` (without the space at the start of a line), quoted where it must be. Space,
// quotes and equals signs of a key become underscores.
void append_logfmt_pair(std::string& out, std::string_view key, std::string_view value);

}  // namespace obs::codec
