#include "libobs/codec/csv.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/codec/plain_word.h"

namespace obs::codec {
namespace {

// Takes a field that begins with a quote; what stands before the next separator or newline behind
// it is none.
Result<void, ParseError> take_quoted(std::string_view text, std::size_t& at, char separator,
                                     std::string& field) {
  for (++at;; ++at) {
    const std::size_t quote = text.find('"', at);
    if (quote == std::string_view::npos) {
      return fail(ParseError{Errc::kMalformed, text.size(), "quoted field without its end"});
    }
    field += text.substr(at, quote - at);
    at = quote + 1;
    if (at == text.size() || text[at] != '"') break;
    field += '"';
  }
  const bool ends = at == text.size() || text[at] == separator || text[at] == '\n' ||
                    text.substr(at, 2) == "\r\n" || text.substr(at) == "\r";
  if (!ends) return fail(ParseError{Errc::kMalformed, at, "text behind a closing quote"});
  return {};
}

void take_plain(std::string_view text, std::size_t& at, char separator, std::string& field) {
  const std::size_t begin = at;
  while (at < text.size() && text[at] != separator && text[at] != '\n') ++at;
  field = text.substr(begin, at - begin);
  const bool ends_line = at == text.size() || text[at] == '\n';
  if (ends_line && field.ends_with('\r')) field.pop_back();
}

}  // namespace

Result<bool, ParseError> next_csv_record(std::string_view& text, std::vector<std::string>& fields,
                                         char separator) {
  fields.clear();
  std::size_t at = std::min(text.find_first_not_of("\r\n"), text.size());
  if (at == text.size()) {
    text = {};
    return false;
  }
  while (true) {
    std::string& field = fields.emplace_back();
    if (at < text.size() && text[at] == '"') {
      OBS_TRY_VOID(take_quoted(text, at, separator, field));
    } else {
      take_plain(text, at, separator, field);
    }
    if (at >= text.size() || text[at] != separator) break;
    ++at;
  }
  text.remove_prefix(std::min(text.find('\n', at), text.size() - 1) + 1);
  return true;
}

void append_csv_field(std::string& out, std::string_view field, char separator) {
  const auto must_quote = [&](char c) {
    return c == separator || c == '"' || c == '\n' || c == '\r';
  };
  const bool has_edge = !field.empty() && (field.front() == ' ' || field.back() == ' ');
  if (!has_edge && std::none_of(field.begin(), field.end(), must_quote)) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_object(std::string& out, const std::vector<std::string>& header,
                       const std::vector<std::string>& fields) {
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].empty()) continue;
    if (!first) out += ',';
    first = false;
    append_json_string(out, i < header.size() ? header[i] : "column" + std::to_string(i + 1));
    out += ':';
    append_plain_word(out, fields[i]);
  }
  out += '}';
}

}  // namespace obs::codec
