#include "libobs/app/config.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace obs::app {
namespace {

bool is_key_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// One escape letter of a basic string; what TOML has beyond these no option needs.
std::optional<char> find_escape(char letter) {
  switch (letter) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '"': return '"';
    case '\\': return '\\';
    default: return std::nullopt;
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Result<std::vector<ConfigEntry>> parse() {
    for (skip_blank_lines(); !rest_.empty(); skip_blank_lines()) {
      OBS_TRY_VOID(peek() == '[' ? parse_table() : parse_entry());
      skip_spaces();
      if (!rest_.empty() && peek() != '\n' && peek() != '#') return refuse("unexpected text");
    }
    return std::move(entries_);
  }

 private:
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  void advance() {
    if (rest_.front() == '\n') ++line_;
    rest_.remove_prefix(1);
  }

  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') advance();
  }

  // Line ends and comments too.
  void skip_blank_lines() {
    for (skip_spaces(); peek() == '\n' || peek() == '#'; skip_spaces()) {
      if (peek() == '#') rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      if (!rest_.empty()) advance();
    }
  }

  Failure<Error> refuse(std::string_view what) const {
    return fail(Errc::kMalformed, fmt::format("line {}: {}", line_, what));
  }

  Result<void> parse_table() {
    advance();
    if (peek() == '[') return refuse("arrays of tables are not supported");
    OBS_TRY(tables_, parse_keys());
    if (peek() != ']') return refuse("']' is missing after the table's name");
    advance();
    return {};
  }

  Result<void> parse_entry() {
    ConfigEntry entry;
    entry.line = line_;
    entry.tables = tables_;
    OBS_TRY(auto keys, parse_keys());
    entry.key = keys.back();
    entry.tables.insert(entry.tables.end(), keys.begin(), keys.end() - 1);
    if (peek() != '=') return refuse(fmt::format("'=' is missing after '{}'", entry.key));
    advance();
    skip_spaces();
    OBS_TRY_VOID(parse_values(entry));
    auto name = entry.tables;
    name.push_back(entry.key);
    if (!seen_.insert(std::move(name)).second) {
      return refuse(fmt::format("'{}' is given twice", entry.key));
    }
    entries_.push_back(std::move(entry));
    return {};
  }

  // A dotted key: at least one part.
  Result<std::vector<std::string>> parse_keys() {
    std::vector<std::string> keys;
    for (;;) {
      skip_spaces();
      OBS_TRY(std::string key, parse_key());
      keys.push_back(std::move(key));
      skip_spaces();
      if (peek() != '.') return keys;
      advance();
    }
  }

  Result<std::string> parse_key() {
    if (peek() == '"' || peek() == '\'') return parse_string();
    auto end = std::find_if_not(rest_.begin(), rest_.end(), is_key_byte);
    std::string key(rest_.begin(), end);
    if (key.empty()) return refuse("a key is expected");
    rest_.remove_prefix(key.size());
    return key;
  }

  Result<void> parse_values(ConfigEntry& entry) {
    if (peek() == '[') return parse_array(entry.values);
    OBS_TRY(std::string value, parse_scalar());
    entry.values.push_back(std::move(value));
    return {};
  }

  Result<void> parse_array(std::vector<std::string>& values) {
    advance();
    for (skip_blank_lines(); peek() != ']'; skip_blank_lines()) {
      if (rest_.empty()) return refuse("']' is missing after the array");
      OBS_TRY(std::string value, parse_scalar());
      values.push_back(std::move(value));
      skip_blank_lines();
      if (peek() == ',') {
        advance();
      } else if (peek() != ']') {
        return refuse("',' or ']' is expected in the array");
      }
    }
    advance();
    return {};
  }

  Result<std::string> parse_scalar() {
    if (peek() == '"' || peek() == '\'') return parse_string();
    if (peek() == '{') return refuse("inline tables are not supported");
    if (peek() == '[') return refuse("an array in an array is not supported");
    return parse_bare();
  }

  Result<std::string> parse_string() {
    const char quote = peek();
    if (rest_.starts_with("\"\"\"") || rest_.starts_with("'''")) {
      return refuse("multi-line strings are not supported");
    }
    std::string value;
    for (advance(); peek() != quote; advance()) {
      if (rest_.empty() || peek() == '\n') return refuse("the closing quote is missing");
      if (peek() != '\\' || quote == '\'') {
        value += peek();
        continue;
      }
      advance();
      auto escaped = find_escape(peek());
      if (!escaped) return refuse("unknown escape in a string; single quotes take it as it is");
      value += *escaped;
    }
    advance();
    return value;
  }

  // A number or boolean; the option it is for judges it. TOML lets `_` group digits.
  Result<std::string> parse_bare() {
    const auto end = rest_.find_first_of(" \t\r\n,]#");
    std::string value(rest_.substr(0, end));
    const bool number =
        !value.empty() && value.find_first_not_of("0123456789+-._eE") == std::string::npos;
    if (!number && value != "true" && value != "false") {
      return refuse("a value is expected: a number, true, false, or text in quotes");
    }
    rest_.remove_prefix(value.size());
    if (number) value.erase(std::remove(value.begin(), value.end(), '_'), value.end());
    return value;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::vector<std::string> tables_;
  std::set<std::vector<std::string>> seen_;
  std::vector<ConfigEntry> entries_;
};

}  // namespace

Result<std::vector<ConfigEntry>> parse_config(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace obs::app
