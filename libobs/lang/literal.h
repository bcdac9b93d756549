// Literals: what a number with its unit, a string, a keyword or a bare word means.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/lexer.h"

namespace obs::lang {

// Fails with a sentence: an unknown unit, a number too large.
Result<Literal, std::string> to_literal(const Token& token);

// `true`, `false` and `null`; nullopt for any other name.
std::optional<Literal> keyword_literal(std::string_view name);

// True for severity, kind and status: the fields beside which a bare word is a literal.
bool takes_words(std::string_view field);
// The literal of a word beside such a field: `error` beside severity is the number 17. Fails with a
// sentence that lists the words there are.
Result<Literal, std::string> word_literal(std::string_view field, std::string_view word);

}  // namespace obs::lang
