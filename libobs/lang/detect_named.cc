// Secrets by the names they are given: password=…, "api_key": "…", postgres://user:password@host.

#include <algorithm>
#include <array>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_mask.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

using namespace std::string_view_literals;

bool is_name(char c) { return is_word(c) || c == '_' || c == '-' || c == '.'; }

// Names are compared in lower case and without separators: "API-Key" is "apikey".
constexpr std::array kAnywhere = {"password"sv,   "passwd"sv,       "passphrase"sv,
                                  "apikey"sv,     "accesskey"sv,    "privatekey"sv,
                                  "secretkey"sv,  "secretaccess"sv, "clientsecret"sv,
                                  "credential"sv, "authorization"sv};
constexpr std::array kAtEnd = {"secret"sv,      "secrets"sv,    "token"sv,       "pwd"sv,
                               "secretvalue"sv, "tokenvalue"sv, "secretstring"sv};
// An identifier that is longer than this is none, and would only cost time.
constexpr std::size_t kMaxName = 128;

std::string to_plain(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != '.') plain += to_lower_char(c);
  }
  while (!plain.empty() && is_digit(plain.back())) plain.pop_back();  // password2
  return plain;
}

// smtp_pass and dbPass, but neither "pass" (of a test) nor "bypass".
bool ends_as_pass(std::string_view name) {
  if (name.size() < 5) return false;
  const std::string_view end = name.substr(name.size() - 5);
  if (!equals_ignore_case(end.substr(1), "pass")) return false;
  return end[0] == '_' || end[0] == '-' || end[0] == '.' || (end[1] == 'P' && !is_upper(end[0]));
}

// The words that make a name worth a look, in lower case: each of the lists has one of them.
constexpr std::array kStems = {"pass"sv, "pwd"sv,    "secret"sv,  "token"sv,
                               "key"sv,  "creden"sv, "authoriz"sv};

constexpr CharSet kEndsValue(" \t\r\n,;&\"'{}[]()<>");
bool ends_value(char c) { return kEndsValue(c); }

// An authorization's value is the rest of the header: a scheme and what it says.
bool takes_rest(std::string_view name) {
  return find_ignore_case(name, "authorization", 0) != std::string_view::npos;
}

// The value after a name that ends at `at`: past closing quotes, `=` or `:`, spaces, brackets and
// an opening quote. Empty when no value is assigned.
Extent assigned_value(std::string_view text, std::size_t at, bool rest) {
  const auto is_quote = [](char c) { return c == '"' || c == '\'' || c == '\\' || c == '`'; };
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  at = skip_right(text, at, is_quote);
  if (at < text.size() && text[at] == ']') ++at;
  at = skip_right(text, at, is_space);
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return {};
  at = skip_right(text, at, [](char c) { return c == '=' || c == ':' || c == '>'; });
  at = skip_right(text, at, CharSet(" \t\\[({"));
  // In a form's data a space is a plus sign.
  const bool is_plus_for_space = at + 1 < text.size() && text[at] == '+' && is_quote(text[at + 1]);
  if (is_plus_for_space) ++at;
  const char quote = at < text.size() && is_quote(text[at]) ? text[at] : '\0';
  if (quote != '\0') {
    const std::size_t end = std::min(text.find(quote, at + 1), text.size());
    return {at + 1, end > at + 1 && text[end - 1] == '\\' ? end - 1 : end};
  }
  if (!rest) return {at, skip_right(text, at, [](char c) { return !ends_value(c); })};
  return {at, skip_right(text, at,
                         [](char c) { return "\r\n\"',{}"sv.find(c) == std::string_view::npos; })};
}

// What a command line gives to an option: --password hunter2. One that begins like an option is the
// next one.
Extent option_value(std::string_view text, std::size_t at) {
  const std::size_t begin = skip_right(text, at, [](char c) { return c == ' '; });
  if (begin == at || begin == text.size() || text[begin] == '-') return {};
  const char quote = text[begin];
  if (quote == '"' || quote == '\'') {
    return {begin + 1, std::min(text.find(quote, begin + 1), text.size())};
  }
  return {begin, skip_right(text, begin, [](char c) { return !ends_value(c); })};
}

// Whether a name is one that a mask has, "[private_key]: 1", and not that of a form's field,
// "user[private_key]=…".
bool is_mask(std::string_view text, Extent name) {
  const bool is_field = name.begin >= 2 && is_name(text[name.begin - 2]);
  return !is_field && name.end > name.begin && is_redacted(text, name);
}

// What a value says when there is none to hide.
bool is_no_secret(std::string_view value) {
  constexpr std::array kWords = {"true"sv, "false"sv, "null"sv, "none"sv, "nil"sv, "undefined"sv};
  return value.empty() || std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
           return equals_ignore_case(word, value);
         });
}

void find_options(std::string_view text, std::vector<Extent>& out) {
  for (std::size_t at = text.find("--"); at != std::string_view::npos; at = text.find("--", at)) {
    const std::size_t begin = at + 2;
    at = skip_right(text, begin, is_name);
    const Extent value = option_value(text, at);
    const bool is_given = value.end > value.begin && is_secret_name(text.substr(begin, at - begin));
    if (is_given && !is_no_secret(text.substr(value.begin, value.end - value.begin))) {
      out.push_back(value);
    }
  }
}

// The password between the colon and the last '@' of a URL's authority.
void find_url_passwords(std::string_view text, std::vector<Extent>& out) {
  for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t end = skip_right(
        text, at, [](char c) { return !ends_value(c) && c != '/' && c != '?' && c != '#'; });
    const std::string_view authority = text.substr(at, end - at);
    const std::size_t sign = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    if (sign != std::string_view::npos && colon + 1 < sign)
      out.push_back({at + colon + 1, at + sign});
    at = end;
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  if (name.size() > kMaxName) name = name.substr(name.size() - kMaxName);
  const std::string plain = to_plain(name);
  const auto contains = [&](std::string_view word) {
    return plain.find(word) != std::string::npos;
  };
  const auto ends = [&](std::string_view word) { return plain.ends_with(word); };
  return std::any_of(kAnywhere.begin(), kAnywhere.end(), contains) ||
         std::any_of(kAtEnd.begin(), kAtEnd.end(), ends) || ends_as_pass(name);
}

void find_named_secret(std::string_view text, std::vector<Extent>& out) {
  constexpr CharSet kBetween(" \t\"'\\`]");  // A name and the sign of assignment.
  find_url_passwords(text, out);
  find_options(text, out);
  // A name ends where its value is assigned: look at what stands before each sign of that.
  const auto is_no_sign = [](char c) { return c != '=' && c != ':'; };
  for (std::size_t at = skip_right(text, 0, is_no_sign); at < text.size();
       at = skip_right(text, at + 1, is_no_sign)) {
    const std::size_t floor = at - std::min(at, kMaxName + 8);
    const std::size_t end = skip_left(text, at, floor, kBetween);
    const std::size_t begin = skip_left(text, end, floor, is_name);
    const std::string_view name = text.substr(begin, end - begin);
    const bool has_stem = std::any_of(kStems.begin(), kStems.end(), [&](std::string_view stem) {
      return find_ignore_case(name, stem, 0) != std::string_view::npos;
    });
    if (!has_stem || !is_secret_name(name) || is_mask(text, {begin, end})) continue;
    const Extent value = assigned_value(text, end, takes_rest(name));
    if (value.end > value.begin &&
        !is_no_secret(text.substr(value.begin, value.end - value.begin))) {
      out.push_back(value);
      at = value.end - 1;  // What it holds is found with it.
    }
  }
}

}  // namespace obs::lang
