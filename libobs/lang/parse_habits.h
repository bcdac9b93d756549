// What people write who know another tool, and what to write instead: the ends of messages.
//
// Each answer is empty when the word is no habit that we know.

#pragma once

#include <string>
#include <string_view>

#include "libobs/lang/lexer.h"

namespace obs::lang {

// For a word that stands where a stage should, with the token behind it: "; to filter, write …".
std::string stage_habit(std::string_view word, const Token& next);
// For what is called like a function, or like an aggregate of `stats`.
std::string function_habit(std::string_view name);
std::string aggregate_habit(std::string_view name);
// For a name that is a value elsewhere: `None`, `TRUE`.
std::string value_habit(std::string_view name);
// For a token that stands where nothing of its kind may: `like`, `group`, `=`, `head`.
std::string token_habit(const Token& token);
// For a regular expression that RE2 does not take.
std::string regex_habit(std::string_view pattern);
// For bytes that begin no token: `&&`, `!`, `[`.
std::string byte_habit(std::string_view rest);

}  // namespace obs::lang
