#include "libobs/codec/json_documents.h"

#include <vector>

#include "libobs/base/text.h"

namespace obs::codec {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// RFC 8259 as a machine with a stack of brackets.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  Result<void, ParseError> check() {
    skip_space();
    if (!value()) return failure();
    while (!open_.empty()) {
      if (!after_value()) return failure();
    }
    skip_space();
    if (at_ != text_.size())
      return fail(ParseError{Errc::kMalformed, at_, "text behind the document"});
    return {};
  }

 private:
  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  Result<void, ParseError> failure() const { return fail(ParseError{code_, at_, what_}); }
  bool refuse(std::string_view what, Errc code = Errc::kMalformed) {
    what_ = what;
    code_ = code;
    return false;
  }

  // A value, or as much of it as stands before the first value inside it.
  bool value() {
    while (true) {
      if (at('"')) return string();
      if (!at('{') && !at('[')) return number_or_word();
      const bool is_object = text_[at_++] == '{';
      if (open_.size() == kMaxJsonDepth) return refuse("nested too deeply", Errc::kLimitExceeded);
      skip_space();
      if (take(is_object ? '}' : ']')) return true;
      open_.push_back(is_object);
      if (is_object && !key()) return false;
    }
  }

  // What stands behind a value inside a bracket: its end, or a comma and the next one.
  bool after_value() {
    skip_space();
    const bool is_object = open_.back();
    if (take(is_object ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    if (!take(',')) return refuse("expected a comma or a closing bracket");
    skip_space();
    if (is_object && !key()) return false;
    return value();
  }

  bool key() {
    if (!at('"')) return refuse("expected a key");
    if (!string()) return false;
    skip_space();
    if (!take(':')) return refuse("expected a colon");
    skip_space();
    return true;
  }

  bool string() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20)
        return refuse("control character in a string");
      if (text_[at_] == '\\' && !escape()) return false;
      ++at_;
    }
    if (at_ >= text_.size()) return refuse("string without its end");
    if (!is_valid_utf8(text_.substr(begin, at_ - begin))) return refuse("string that is not UTF-8");
    ++at_;
    return true;
  }

  // Leaves at_ on the last byte of the escape.
  bool escape() {
    ++at_;
    if (at_ >= text_.size()) return refuse("string without its end");
    if (text_[at_] != 'u') {
      constexpr std::string_view kKnown = "\"\\/bfnrt";
      return kKnown.find(text_[at_]) != std::string_view::npos || refuse("bad escape in a string");
    }
    for (int digit = 0; digit < 4; ++digit) {
      ++at_;
      if (at_ >= text_.size() || !is_hex(text_[at_])) return refuse("bad escape in a string");
    }
    return true;
  }

  bool digits() {
    if (at_ >= text_.size() || !is_digit(text_[at_])) return refuse("malformed number");
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return true;
  }

  bool number_or_word() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return true;
    }
    const bool is_number = at('-') || (at_ < text_.size() && is_digit(text_[at_]));
    if (!is_number) return refuse("expected a value");
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<bool> open_;  // Brackets: true for an object's.
  std::string_view what_;
  Errc code_ = Errc::kMalformed;
};

// Behind the string that begins at `at`; npos when it does not end.
std::size_t behind_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

// Behind the value that begins at `at`; npos when it does not end.
std::size_t behind_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  do {
    const char c = text[at];
    if (c == '"') {
      at = behind_string(text, at);
      if (at == std::string_view::npos) return at;
    } else {
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at;
      constexpr std::string_view kEnds = " \t\r\n,:{}[]\"";
      const bool is_bare = std::string_view("{}[],: \t\r\n").find(c) == std::string_view::npos;
      while (is_bare && at < text.size() && kEnds.find(text[at]) == std::string_view::npos) ++at;
    }
  } while (depth > 0 && at < text.size());
  return depth == 0 ? at : std::string_view::npos;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

Result<std::optional<std::string_view>, ParseError> take_value(std::string_view& text) {
  constexpr std::string_view kNoBegin = ",:}]";
  if (text.empty() || kNoBegin.find(text.front()) != std::string_view::npos) {
    return fail(ParseError{Errc::kMalformed, 0, "expected a value"});
  }
  const std::size_t end = behind_value(text, 0);
  if (end == std::string_view::npos) {
    return fail(ParseError{Errc::kMalformed, text.size(), "document without its end"});
  }
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return std::optional(value);
}

}  // namespace

Result<void, ParseError> check_json(std::string_view text) { return Checker(text).check(); }

Result<std::optional<std::string_view>, ParseError> next_json_document(std::string_view& text) {
  skip_spaces(text);
  if (text.empty()) return std::optional<std::string_view>();
  return take_value(text);
}

Result<std::optional<std::string_view>, ParseError> next_json_item(std::string_view& inside) {
  skip_spaces(inside);
  if (inside.starts_with(']')) return std::optional<std::string_view>();
  OBS_TRY(auto item, take_value(inside));
  skip_spaces(inside);
  if (inside.starts_with(',')) {
    inside.remove_prefix(1);
    skip_spaces(inside);
    if (!inside.starts_with(']')) return item;
  } else if (inside.starts_with(']')) {
    return item;
  }
  return fail(ParseError{Errc::kMalformed, 0, "expected a comma or a closing bracket"});
}

}  // namespace obs::codec
