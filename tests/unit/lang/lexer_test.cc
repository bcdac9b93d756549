#include "libobs/lang/lexer.h"

#include <catch2/catch.hpp>

using obs::lang::tokenize;
using obs::lang::TokenKind;

namespace {

// Tokens as "kind:text", so that a case is a line.
std::string show(std::string_view program) {
  auto tokens = tokenize(program);
  if (!tokens) return "! " + tokens.error().message;
  std::string out;
  for (const auto& token : *tokens) {
    if (token.kind == TokenKind::kEnd) break;
    constexpr std::string_view kKinds[] = {"name", "string", "number", "symbol"};
    if (!out.empty()) out += ' ';
    out += std::string(kKinds[static_cast<int>(token.kind)]) + ":" + token.text;
    if (!token.unit.empty()) out += "~" + token.unit;
  }
  return out;
}

}  // namespace

TEST_CASE("programs fall into names, strings, numbers and symbols", "[lang][lexer]") {
  struct Case {
    std::string_view program;
    std::string_view tokens;
  };
  const Case cases[] = {
      {"where http.route == \"/pay\"", "name:where name:http.route symbol:== string:/pay"},
      {"a.0.b", "name:a.0.b"},
      {"`odd-name`", "name:odd-name"},
      {"a.`b c`.d[0].`e` `x y`[1]", "name:a.b c.d[0].e name:x y[1]"},
      {"250ms 1h30m 20KiB 10% 1.5e3",
       "number:250~ms number:1~h30m number:20~KiB number:10~% number:1.5e3"},
      {"7%3 7%a", "number:7 symbol:% number:3 number:7 symbol:% name:a"},
      {"x>=-1", "name:x symbol:>= symbol:- number:1"},
      {"'it''s'", "string:it string:s"},
      {"\"tab\\t quote\\\" \\d+\"", "string:tab\t quote\" \\d+"},
      {"a # comment | b\n| c", "name:a symbol:| name:c"},
      {R"("\u00e9\u65e5 \ud83d\ude00\/")", "string:é日 😀/"},
      {"größe", "name:größe"},
  };
  for (const Case& c : cases) {
    INFO(c.program);
    CHECK(show(c.program) == c.tokens);
  }
}

TEST_CASE("a character that begins nothing is named", "[lang][lexer]") {
  CHECK(show("a . b") ==
        "! nothing starts with '.'; write the name of a field without a dot before it");
  CHECK(show("a ? b") == "! nothing starts with '?'; write `if(condition, then, else)`");
}

TEST_CASE("a code point that is none is named where it stands", "[lang][lexer]") {
  for (const std::string_view program : {R"("ab\u12")", R"("ab\uzzzz")", R"("ab\u)"}) {
    INFO(program);
    CHECK(show(program) == "! \\u is followed by four hex digits");
    CHECK(tokenize(program).error().where.begin == 3);
  }
}

TEST_CASE("what is never closed is named where it opens", "[lang][lexer]") {
  CHECK(show("where \"abc") == "! this string is never closed");
  CHECK(show("where `abc") == "! this backtick is never closed");
  CHECK(tokenize("where \"abc").error().where.begin == 6);
  CHECK(show("\"abc\\") == "! this string is never closed");
}
