#include "libobs/query/sql_tree_reader.h"

#include <charconv>

#include "libobs/base/text.h"

namespace obs::query {
namespace {

bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' ||
         c == 'E';
}

bool is_word(std::string_view text) {
  if (text == "null" || text == "true" || text == "false") return true;
  const bool starts_a_number =
      !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  return starts_a_number && (parse_uint(text) || parse_double(text));
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

bool is_high_surrogate(unsigned code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low_surrogate(unsigned code) { return code >= 0xDC00 && code < 0xE000; }

}  // namespace

Result<SqlNode, ParseError> SqlTreeReader::read() {
  OBS_TRY(SqlNode node, read_value(0));
  skip_space();
  if (at_ != json_.size()) return refuse("something after the syntax tree");
  return node;
}

SqlTreeReader::Node SqlTreeReader::read_value(int depth) {
  if (depth > kMaxSqlTreeDepth) {
    return fail(ParseError{Errc::kLimitExceeded, at_, "nested too deeply"});
  }
  skip_space();
  if (at_ == json_.size()) return refuse("the syntax tree ends early");
  if (json_[at_] == '[') return read_array(depth);
  if (json_[at_] == '{') return read_object(depth);
  if (json_[at_] != '"') return read_word();
  OBS_TRY(const std::string text, read_string());
  return SqlNode::string(text);
}

SqlTreeReader::Node SqlTreeReader::read_array(int depth) {
  SqlNode node = SqlNode::array();
  ++at_;
  if (take(']')) return node;
  do {
    OBS_TRY(SqlNode item, read_value(depth + 1));
    node.items().push_back(std::move(item));
  } while (take(','));
  if (!take(']')) return refuse("expected , or ]");
  return node;
}

SqlTreeReader::Node SqlTreeReader::read_object(int depth) {
  SqlNode node = SqlNode::object();
  ++at_;
  if (take('}')) return node;
  do {
    skip_space();
    OBS_TRY(const std::string name, read_string());
    if (!take(':')) return refuse("expected :");
    OBS_TRY(SqlNode value, read_value(depth + 1));
    if (node.find(name) != nullptr) return refuse("a member twice");
    node.set(name, std::move(value));
  } while (take(','));
  if (!take('}')) return refuse("expected , or }");
  return node;
}

SqlTreeReader::Node SqlTreeReader::read_word() {
  std::size_t end = at_;
  while (end < json_.size() && is_word_char(json_[end])) ++end;
  const std::string_view word = json_.substr(at_, end - at_);
  if (!is_word(word)) return refuse("not a number, true, false or null");
  at_ = end;
  return SqlNode::word(word);
}

Result<std::string, ParseError> SqlTreeReader::read_string() {
  if (at_ == json_.size() || json_[at_] != '"') return refuse("expected a string");
  ++at_;
  std::string text;
  while (at_ < json_.size() && json_[at_] != '"') {
    if (json_[at_] != '\\') {
      text += json_[at_++];
    } else if (!append_escape(text)) {
      return refuse("bad escape");
    }
  }
  if (at_ == json_.size()) return refuse("a string without end");
  ++at_;
  return text;
}

bool SqlTreeReader::append_escape(std::string& out) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (++at_ == json_.size()) return false;
  if (json_[at_] == 'u') return append_unicode_escape(out);
  const std::size_t letter = kLetters.find(json_[at_++]);
  if (letter == std::string_view::npos) return false;
  out += kMeanings[letter];
  return true;
}

bool SqlTreeReader::append_unicode_escape(std::string& out) {
  const auto read_code = [&](std::size_t at, unsigned& code) {
    if (json_.size() < at + 6 || json_[at] != '\\' || json_[at + 1] != 'u') return false;
    const char* first = json_.data() + at + 2;
    const auto [end, error] = std::from_chars(first, first + 4, code, 16);
    return error == std::errc() && end == first + 4;
  };
  unsigned code = 0;
  if (!read_code(at_ - 1, code) || is_low_surrogate(code)) return false;
  at_ += 5;
  if (is_high_surrogate(code)) {
    unsigned low = 0;
    if (!read_code(at_, low) || !is_low_surrogate(low)) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    at_ += 6;
  }
  append_utf8(out, code);
  return true;
}

void SqlTreeReader::skip_space() {
  while (at_ < json_.size() &&
         std::string_view(" \t\r\n").find(json_[at_]) != std::string_view::npos)
    ++at_;
}

bool SqlTreeReader::take(char wanted) {
  skip_space();
  if (at_ == json_.size() || json_[at_] != wanted) return false;
  ++at_;
  return true;
}

Failure<ParseError> SqlTreeReader::refuse(std::string_view what) const {
  return fail(ParseError{Errc::kMalformed, at_, what});
}

}  // namespace obs::query
