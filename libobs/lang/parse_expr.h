// Expressions: from tokens to a checked tree.
//
//   or      := and ("or" and)*
//   and     := not ("and" not)*
//   not     := "not" not | compare
//   compare := sum [("==" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~" | "has" | "contains" |
//                    "startswith" | "endswith") sum | ["not"] "in" "(" sum ("," sum)* ")"]
//   sum     := product (("+" | "-") product)*
//   product := unary (("*" | "/" | "%") unary)*
//   unary   := "-" unary | "exists" name | literal | name | name "(" [or ("," or)*] ")" | "(" or
//   ")"

#pragma once

#include <map>

#include "libobs/lang/token_stream.h"

namespace obs::lang {

// Deeper nesting than any person writes; the parser recurses.
inline constexpr int kMaxExprDepth = 200;

// Names bound by `let`, each to the tokens of its expression: they stand for it wherever the name
// is used.
using Bindings = std::map<std::string, std::vector<Token>, std::less<>>;

Parsed<ExprPtr> parse_expr(TokenStream& tokens, const Bindings& bindings);

// What a column is called that shows the field: the word of the program (`level`, not `severity`),
// without `attributes.` and `resource.`.
std::string name_as_written(const Token& token);

// A name that must be a field; `what` names its part in the message: "a field to sort by".
Parsed<FieldRef> parse_field(TokenStream& tokens, std::string_view what);
// One or more, with commas between.
Parsed<std::vector<FieldRef>> parse_fields(TokenStream& tokens, std::string_view what);

}  // namespace obs::lang
