// Tokens of the pipeline language.
//
//   name     := letter (letter | digit | "_" | "." | "[" digits "]")*  |  "`" any "`"
//   number   := digits ["." digits] [("e"|"E") ["+"|"-"] digits] [unit | "%"]
//   string   := '"' (char | escape)* '"'  |  "'" (char | escape)* "'"
//   comment  := "#" to the end of the line
//
// Pure. A number keeps its unit as written; the parser decides what it means there.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/lang/diagnostic.h"

namespace obs::lang {

enum class TokenKind : std::uint8_t {
  kName,    // text: the name, backticks removed.
  kString,  // text: the contents, escapes resolved.
  kNumber,  // text: digits, point and exponent; unit apart.
  kSymbol,  // text: one of  | , ( ) == != <= >= =~ !~ < > = + - * / % : { }
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::string unit;     // kNumber: "ms", "KiB", "%", "1h30m" has unit "h30m".
  bool quoted = false;  // kName: was in backticks, so no keyword and no path.
  Extent where;
};

// All tokens of the program, kEnd last. Fails on an unclosed string or backtick and on a character
// that starts nothing.
Result<std::vector<Token>, Diagnostic> tokenize(std::string_view program);

}  // namespace obs::lang
