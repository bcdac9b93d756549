#include "libobs/lang/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/codec/json_scan.h"
#include "libobs/lang/parse_habits.h"

namespace obs::lang {
namespace {

using namespace std::string_view_literals;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Longest first, so that `<=` is not `<` and `=`.
constexpr std::array kSymbols = {"=="sv, "!="sv, "<="sv, ">="sv, "=~"sv, "!~"sv, "|"sv, ","sv,
                                 "("sv,  ")"sv,  "<"sv,  ">"sv,  "="sv,  "+"sv,  "-"sv, "*"sv,
                                 "/"sv,  "%"sv,  ":"sv,  "{"sv,  "}"sv,  ";"sv};

class Lexer {
 public:
  explicit Lexer(std::string_view program) : program_(program) {}

  Result<std::vector<Token>, Diagnostic> run() {
    std::vector<Token> tokens;
    for (skip_blank(); at_ < program_.size(); skip_blank()) {
      OBS_TRY(Token token, next());
      tokens.push_back(std::move(token));
    }
    tokens.push_back({.where = {program_.size(), program_.size()}});
    return tokens;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < program_.size() ? program_[at_ + ahead] : '\0';
  }

  void skip_blank() {
    while (at_ < program_.size()) {
      if (peek() == '#') {
        while (at_ < program_.size() && peek() != '\n') ++at_;
      } else if (" \t\r\n"sv.find(peek()) != std::string_view::npos) {
        ++at_;
      } else {
        return;
      }
    }
  }

  Result<Token, Diagnostic> next() {
    const std::size_t begin = at_;
    const char c = peek();
    if (c == '"' || c == '\'') return string(c);
    // What word processors make of quotes and signs is no letter.
    if (static_cast<unsigned char>(c) >= 0x80 && !byte_habit(program_.substr(at_)).empty()) {
      return unknown();
    }
    if (c == '`' || is_letter(c)) return name();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (program_.substr(at_, 3) == "!=~") return unknown();
    for (std::string_view symbol : kSymbols) {
      if (program_.substr(at_, symbol.size()) != symbol) continue;
      at_ += symbol.size();
      return finish({TokenKind::kSymbol, std::string(symbol)}, begin);
    }
    return unknown();
  }

  Failure<Diagnostic> unknown() const {
    std::size_t end = at_ + 1;
    while (end < program_.size() && (static_cast<unsigned char>(program_[end]) & 0xc0) == 0x80)
      ++end;
    return fail(
        Diagnostic{{at_, end},
                   fmt::format("nothing starts with '{}'{}", program_.substr(at_, end - at_),
                               byte_habit(program_.substr(at_)))});
  }

  Token finish(Token token, std::size_t begin) const {
    token.where = {begin, at_};
    return token;
  }

  // A dot belongs to the name when a letter, a digit or an underscore follows: "http.route", "a.0".
  // So does an index: "events[0].name"; and any part may stand in backticks: "labels.`a b`.c".
  Result<Token, Diagnostic> name() {
    const std::size_t begin = at_;
    Token token{TokenKind::kName, {}};
    do {
      if (at_ > begin && peek() == '.') token.text += program_[at_++];
      if (peek() == '`') {
        OBS_TRY(const std::string_view quoted, quoted_part());
        token.text += quoted;
        token.quoted = true;
      } else {
        token.text += plain_part();
      }
    } while (goes_on());
    return finish(std::move(token), begin);
  }

  bool goes_on() const {
    return index_size() != 0 ||
           (peek() == '.' && (is_letter(peek(1)) || is_digit(peek(1)) || peek(1) == '`'));
  }

  std::string_view plain_part() {
    const std::size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    at_ += index_size();
    return program_.substr(begin, at_ - begin);
  }

  // Bytes of the "[12]" that is next; 0 when there is none.
  std::size_t index_size() const {
    if (peek() != '[') return 0;
    std::size_t size = 1;
    while (is_digit(peek(size))) ++size;
    return size > 1 && peek(size) == ']' ? size + 1 : 0;
  }

  Result<std::string_view, Diagnostic> quoted_part() {
    const std::size_t begin = at_;
    const std::size_t end = program_.find('`', begin + 1);
    if (end == std::string_view::npos) {
      return fail(Diagnostic{{begin, program_.size()}, "this backtick is never closed"});
    }
    at_ = end + 1;
    return program_.substr(begin + 1, end - begin - 1);
  }

  Token number() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) ++at_;
    while (is_digit(peek())) ++at_;
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      at_ += 1 + sign;
      while (is_digit(peek())) ++at_;
    }
    Token token{TokenKind::kNumber, std::string(program_.substr(begin, at_ - begin))};
    token.unit = unit();
    return finish(std::move(token), begin);
  }

  // "ms", "KiB", "%", "h30m". A percent sign that an operand follows is a remainder: "7%3".
  std::string unit() {
    const std::size_t begin = at_;
    const char after = peek(1);
    if (peek() == '%') {
      if (!is_digit(after) && !is_letter(after) && after != '(' && after != '`') ++at_;
    } else {
      while (is_letter(peek()) || (at_ > begin && (is_digit(peek()) || peek() == '.'))) ++at_;
    }
    return std::string(program_.substr(begin, at_ - begin));
  }

  Result<Token, Diagnostic> string(char quote) {
    const std::size_t begin = at_++;
    Token token{TokenKind::kString, {}};
    while (peek() != quote) {
      if (at_ >= program_.size()) {
        return fail(Diagnostic{{begin, program_.size()}, "this string is never closed"});
      }
      if (peek() == '\\') {
        OBS_TRY_VOID(escape(token.text));
      } else {
        token.text += program_[at_++];
      }
    }
    ++at_;
    return finish(std::move(token), begin);
  }

  // Unknown escapes stay as they are, so that "\d+" is a regular expression without doubling.
  Result<void, Diagnostic> escape(std::string& out) {
    constexpr std::string_view kFrom = "ntrf\"'\\/0";
    constexpr std::string_view kTo{"\n\t\r\f\"'\\/\0", 9};
    if (peek(1) == 'u') return code_points(out);
    const std::size_t begin = at_++;
    const std::size_t known = kFrom.find(peek());
    if (at_ >= program_.size()) {
      return fail(Diagnostic{{begin, program_.size()}, "this string is never closed"});
    }
    if (known == std::string_view::npos) out += '\\';
    out += known == std::string_view::npos ? peek() : kTo[known];
    ++at_;
    return {};
  }

  // As many "\uXXXX" as stand here, for a character may need two of them.
  Result<void, Diagnostic> code_points(std::string& out) {
    constexpr std::size_t kSize = 6;
    std::size_t size = kSize;
    while (at_ + size < program_.size() && program_.substr(at_ + size, 2) == "\\u") size += kSize;
    std::string text(program_.substr(at_, size));
    const auto unescaped = codec::unescape_json(text.data(), text.data() + text.size());
    if (!unescaped) {
      return fail(Diagnostic{{at_, at_ + 2}, "\\u is followed by four hex digits"});
    }
    out.append(text, 0, unescaped->size);
    at_ += size;
    return {};
  }

  std::string_view program_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>, Diagnostic> tokenize(std::string_view program) {
  return Lexer(program).run();
}

}  // namespace obs::lang
