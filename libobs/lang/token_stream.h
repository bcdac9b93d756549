// What the expression parser and the stage parsers share: a cursor over tokens, and the ways to ask
// for one.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/diagnostic.h"
#include "libobs/lang/lexer.h"

namespace obs::lang {

template <class T>
using Parsed = Result<T, Diagnostic>;

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const;
  Token take();

  bool at_symbol(std::string_view symbol) const;
  bool at_word(std::string_view word) const;  // An unquoted name that is exactly this.
  bool at_end() const { return peek().kind == TokenKind::kEnd; }

  // Take it if it is there.
  bool accept_symbol(std::string_view symbol);
  bool accept_word(std::string_view word);

  // Take it, or fail with "expected …, found …". `what` says what stands there: "a pattern".
  Parsed<Token> expect_symbol(std::string_view symbol, std::string_view after);
  Parsed<std::string> expect_string(std::string_view what);
  Parsed<std::uint64_t> expect_count(std::string_view what);
  Parsed<Duration> expect_duration(std::string_view what);
  Parsed<double> expect_percent(std::string_view what);  // "10%" is 0.1.

  // "expected <what>, found <token>", at the token that is next; with `otherwise` at the end when
  // nothing is known of the token itself.
  Failure<Diagnostic> expected(std::string_view what, std::string_view otherwise = {}) const;
  // End of the last token taken.
  std::size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].where.end; }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

// The suggestion that ends a message: `; did you mean "upper"?`, or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace obs::lang
