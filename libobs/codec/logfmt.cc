#include "libobs/codec/logfmt.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/json_scan.h"
#include "libobs/codec/plain_word.h"

namespace obs::codec {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t word_end(std::string_view line, std::size_t at) {
  while (at < line.size() && !is_space(line[at])) ++at;
  return at;
}

void append_text(std::string& out, std::string_view text) {
  append_json_string(out, is_valid_utf8(text) ? std::string(text) : repair_utf8(text));
}

// Takes as many \uXXXX as stand at `at`, for a character may need two; false when none does.
bool take_code_points(std::string_view line, std::size_t& at, std::string& value) {
  constexpr std::size_t kSize = 6;
  std::size_t size = 0;
  while (line.substr(at + size, 2) == "\\u" && line.size() - at - size >= kSize) size += kSize;
  std::string text(line.substr(at, size));
  const auto unescaped = unescape_json(text.data(), text.data() + text.size());
  if (size == 0 || !unescaped) return false;
  value.append(text, 0, unescaped->size);
  at += size - 1;
  return true;
}

// Takes the value that begins with a quote at `at`; one that does not end takes the rest.
std::string take_quoted(std::string_view line, std::size_t& at) {
  std::string value;
  for (++at; at < line.size() && line[at] != '"'; ++at) {
    if (take_code_points(line, at, value)) continue;
    if (line[at] == '\\' && at + 1 < line.size()) {
      ++at;
      value += line[at] == 'n' ? '\n' : line[at] == 't' ? '\t' : line[at] == 'r' ? '\r' : line[at];
    } else {
      value += line[at];
    }
  }
  at = std::min(at + 1, line.size());
  return value;
}

bool must_quote(char c) {
  return is_space(c) || c == '"' || c == '=' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n' || c == '\t' || c == '\r') {
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

bool append_logfmt_object(std::string& out, std::string_view line) {
  const std::size_t start = out.size();
  bool has_pair = false;
  out += '{';
  for (std::size_t at = 0; at < line.size();) {
    if (is_space(line[at])) {
      ++at;
      continue;
    }
    const std::size_t end = word_end(line, at);
    const std::size_t sign = std::min(line.substr(0, end).find('=', at), end);
    if (out.size() > start + 1) out += ',';
    append_text(out, line.substr(at, sign - at));
    out += ':';
    at = std::min(sign + 1, line.size());
    if (sign == end) {
      out += "true";
      continue;
    }
    has_pair |= sign > 0;
    if (at < line.size() && line[at] == '"') {
      append_text(out, take_quoted(line, at));
    } else {
      append_plain_word(out, line.substr(at, end - at));
      at = end;
    }
  }
  out += '}';
  if (!has_pair) out.resize(start);
  return has_pair;
}

Result<void, ParseError> check_logfmt(std::string_view line) {
  bool has_pair = false;
  for (std::size_t at = 0; at < line.size();) {
    if (is_space(line[at])) {
      ++at;
      continue;
    }
    const std::size_t end = word_end(line, at);
    const std::size_t sign = std::min(line.substr(0, end).find('=', at), end);
    if (sign == at) return fail(ParseError{Errc::kMalformed, at, "a value without a key"});
    if (std::min(line.substr(0, sign).find('"', at), sign) != sign) {
      return fail(ParseError{Errc::kMalformed, at, "a quote in a key"});
    }
    has_pair |= sign < end;
    at = sign + 1;
    if (sign == end || at >= line.size() || line[at] != '"') {
      at = end;
      continue;
    }
    const std::size_t begin = at;
    for (++at; at < line.size() && line[at] != '"'; ++at) at += line[at] == '\\' ? 1 : 0;
    if (at >= line.size()) {
      return fail(ParseError{Errc::kMalformed, begin, "a quoted value that does not end"});
    }
    if (++at < line.size() && !is_space(line[at])) {
      return fail(ParseError{Errc::kMalformed, at, "text behind a quoted value"});
    }
  }
  if (has_pair) return {};
  return fail(ParseError{Errc::kMalformed, 0, "no pair of key and value"});
}

void append_logfmt_pair(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty() && out.back() != '\n') out += ' ';
  for (const char c : key) out += must_quote(c) ? '_' : c;
  out += '=';
  if (value.empty() || std::any_of(value.begin(), value.end(), must_quote)) {
    append_quoted(out, value);
  } else {
    out += value;
  }
}

}  // namespace obs::codec
