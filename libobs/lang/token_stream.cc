#include "libobs/lang/token_stream.h"

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/lang/parse_habits.h"

namespace obs::lang {
namespace {

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd: return "the end of the program";
    case TokenKind::kString: return fmt::format("the string \"{}\"", token.text);
    case TokenKind::kNumber: return fmt::format("{}{}", token.text, token.unit);
    case TokenKind::kName:
    case TokenKind::kSymbol: return fmt::format("`{}`", token.text);
  }
  return {};
}

}  // namespace

const Token& TokenStream::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token TokenStream::take() {
  Token token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool TokenStream::at_symbol(std::string_view symbol) const {
  return peek().kind == TokenKind::kSymbol && peek().text == symbol;
}

bool TokenStream::at_word(std::string_view word) const {
  return peek().kind == TokenKind::kName && !peek().quoted && peek().text == word;
}

bool TokenStream::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  take();
  return true;
}

bool TokenStream::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  take();
  return true;
}

Failure<Diagnostic> TokenStream::expected(std::string_view what, std::string_view otherwise) const {
  const std::string habit = token_habit(peek());
  return fail(
      Diagnostic{peek().where, fmt::format("expected {}, found {}{}", what, describe(peek()),
                                           habit.empty() ? otherwise : habit)});
}

Parsed<Token> TokenStream::expect_symbol(std::string_view symbol, std::string_view after) {
  if (!at_symbol(symbol)) return expected(fmt::format("`{}` after {}", symbol, after));
  return take();
}

Parsed<std::string> TokenStream::expect_string(std::string_view what) {
  if (peek().kind != TokenKind::kString) return expected(what);
  return take().text;
}

Parsed<std::uint64_t> TokenStream::expect_count(std::string_view what) {
  const bool is_plain = peek().kind == TokenKind::kNumber && peek().unit.empty();
  const auto count = is_plain ? parse_uint(peek().text) : std::nullopt;
  if (!count) return expected(what);
  take();
  return *count;
}

Parsed<Duration> TokenStream::expect_duration(std::string_view what) {
  const bool is_number = peek().kind == TokenKind::kNumber && !peek().unit.empty();
  const auto duration = is_number ? parse_duration(peek().text + peek().unit) : std::nullopt;
  if (!duration || *duration <= 0) return expected(what);
  take();
  return *duration;
}

Parsed<double> TokenStream::expect_percent(std::string_view what) {
  const bool is_percent = peek().kind == TokenKind::kNumber && peek().unit == "%";
  const auto percent = is_percent ? parse_double(peek().text) : std::nullopt;
  if (!percent || *percent > 100) return expected(what);
  take();
  return *percent / 100;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view nearest = find_nearest(word, known);
  return nearest.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", nearest);
}

}  // namespace obs::lang
