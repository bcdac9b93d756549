#include "libobs/codec/loki_labels.h"

#include <cstdint>
#include <optional>
#include <string>

#include "libobs/base/text.h"

namespace obs::codec {
namespace {

// Loki itself takes 15.
constexpr std::size_t kMaxLabels = 1024;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xE0 | c >> 12);
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
    }
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::optional<std::uint32_t> parse_hex_digits(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const char low = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (low < 'a' || low > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : low - 'a' + 10);
  }
  return value;
}

class Parser {
 public:
  Parser(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  Result<void, ParseError> parse(std::vector<model::KeyValue>& labels) {
    skip_space();
    if (!take('{')) return failure("labels do not begin with {");
    for (skip_space(); !take('}');) {
      const std::string_view name = take_name();
      if (name.empty()) return failure("expected the name of a label");
      skip_space();
      if (!take('=')) return failure("expected = behind the name of a label");
      skip_space();
      const auto value = take_value();
      if (!value) return failure(why_);
      if (labels.size() == kMaxLabels) return failure("more than 1024 labels");
      labels.push_back({name, model::Value::string(*value)});
      skip_space();
      if (!take(',') && !at('}')) return failure("expected , or } behind a label");
      skip_space();
    }
    skip_space();
    if (at_ != text_.size()) return failure("text behind the labels");
    return {};
  }

 private:
  Failure<ParseError> failure(std::string_view what) const {
    return fail(ParseError{Errc::kMalformed, at_, what});
  }
  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at(' ') || at('\t') || at('\n') || at('\r')) ++at_;
  }

  std::string_view take_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_loki_label(text_.substr(begin, at_ + 1 - begin))) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::optional<std::string_view> take_value() {
    why_ = "expected a quoted value";
    if (at('`')) return take_raw();
    if (!take('"')) return std::nullopt;
    const std::size_t begin = at_;
    const std::size_t end = text_.find_first_of("\"\\", begin);
    if (end == text_.npos) return no_end();
    at_ = end;
    if (take('"')) return text_.substr(begin, end - begin);
    return take_escaped(begin);
  }

  std::optional<std::string_view> take_raw() {
    const std::size_t begin = ++at_;
    const std::size_t end = text_.find('`', begin);
    if (end == text_.npos) return no_end();
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }

  std::optional<std::string_view> no_end() {
    at_ = text_.size();
    why_ = "a quoted value does not end";
    return std::nullopt;
  }

  std::optional<std::string_view> take_escaped(std::size_t begin) {
    std::string value(text_.substr(begin, at_ - begin));
    while (!take('"')) {
      if (at_ >= text_.size()) return no_end();
      if (!take('\\')) {
        value += text_[at_++];
      } else if (!take_escape(value)) {
        why_ = "a value has an escape that is none";
        return std::nullopt;
      }
    }
    return arena_.copy(value);
  }

  bool take_escape(std::string& value) {
    static constexpr std::string_view kNames = "abfnrtv\\\"'";
    static constexpr std::string_view kMeaning = "\a\b\f\n\r\t\v\\\"'";
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (const auto found = kNames.find(c); found != kNames.npos) {
      value += kMeaning[found];
      return true;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0 || text_.size() - at_ < digits) return false;
    const auto code = parse_hex_digits(text_.substr(at_, digits));
    if (!code || *code > 0x10FFFF) return false;
    at_ += digits;
    if (c == 'x') {
      value += static_cast<char>(*code);
    } else {
      append_utf8(value, *code);
    }
    return true;
  }

  std::string_view text_;
  Arena& arena_;
  std::size_t at_ = 0;
  std::string_view why_;
};

}  // namespace

Result<void, ParseError> parse_loki_labels(std::string_view text, Arena& arena,
                                           std::vector<model::KeyValue>& labels) {
  return Parser(text, arena).parse(labels);
}

bool is_loki_label(std::string_view name) {
  if (name.empty() || !is_letter(name.front())) return false;
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c) && c != ':') return false;
  }
  return true;
}

}  // namespace obs::codec
