// Keys and tokens: by their makers' prefixes, and by the names they are given.

#include <algorithm>
#include <array>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

using namespace std::string_view_literals;

bool is_token(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; }
bool is_upper_or_digit(char c) { return is_upper(c) || is_digit(c); }
// RFC 6750's b64token.
bool is_credential(char c) {
  return is_token(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

// `prefix`, then at least `min_length` accepted bytes.
template <class Accept>
void find_prefixed(std::string_view text, std::string_view prefix, std::size_t min_length,
                   Accept accept, std::vector<Extent>& out) {
  for (std::size_t at = text.find(prefix); at != std::string_view::npos;
       at = text.find(prefix, at + 1)) {
    const std::size_t end = skip_right(text, at + prefix.size(), accept);
    if (end - at - prefix.size() < min_length) continue;
    out.push_back({at, end});
    at = end - 1;
  }
}

std::size_t find_ignore_case(std::string_view text, std::string_view lower, std::size_t from) {
  const auto equal = [](char a, char b) {
    return (is_upper(a) ? static_cast<char>(a | 0x20) : a) == b;
  };
  const auto found =
      std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())),
                  text.end(), lower.begin(), lower.end(), equal);
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

constexpr std::array kSecretNames = {
    "password"sv,      "passwd"sv,     "pwd"sv,          "secret"sv,     "token"sv,
    "api_key"sv,       "apikey"sv,     "api-key"sv,      "access_key"sv, "private_key"sv,
    "client_secret"sv, "credential"sv, "authorization"sv};

// The value after a secret's name: past closing quotes, `=` or `:`, spaces and an opening quote.
// Empty when no value is assigned.
Extent assigned_value(std::string_view text, std::size_t at) {
  at = skip_right(text, at, [](char c) { return is_word(c) || c == '_' || c == '-'; });
  at = skip_right(text, at, [](char c) { return c == '"' || c == '\'' || c == '\\'; });
  at = skip_right(text, at, [](char c) { return c == ' '; });
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return {};
  ++at;
  if (at < text.size() && text[at] == '>') ++at;
  at = skip_right(text, at, [](char c) { return c == ' ' || c == '\\'; });
  const char quote = at < text.size() && (text[at] == '"' || text[at] == '\'') ? text[at] : '\0';
  if (quote != '\0') {
    const std::size_t end = text.find(quote, at + 1);
    return {at + 1, std::min(end, text.size())};
  }
  const std::size_t end = skip_right(
      text, at, [](char c) { return " \t\r\n,;&\"'{}[]()<>"sv.find(c) == std::string_view::npos; });
  return {at, end};
}

}  // namespace

void find_jwt(std::string_view text, std::vector<Extent>& out) {
  // Two base64url objects and a signature, which may be empty. An object begins with `{"`, which is
  // "eyJ".
  for (std::size_t at = text.find("eyJ"); at != std::string_view::npos;
       at = text.find("eyJ", at + 1)) {
    const std::size_t header = skip_right(text, at, is_token);
    if (header >= text.size() || text[header] != '.') continue;
    const std::size_t payload = skip_right(text, header + 1, is_token);
    if (payload == header + 1) continue;
    const bool is_signed = payload < text.size() && text[payload] == '.';
    const std::size_t end = is_signed ? skip_right(text, payload + 1, is_token) : payload;
    out.push_back({at, end});
    at = end - 1;
  }
}

void find_aws_key(std::string_view text, std::vector<Extent>& out) {
  for (std::string_view prefix : {"AKIA"sv, "ASIA"sv, "ABIA"sv, "ACCA"sv}) {
    find_prefixed(text, prefix, 16, is_upper_or_digit, out);
  }
}

void find_github_token(std::string_view text, std::vector<Extent>& out) {
  for (std::string_view prefix :
       {"ghp_"sv, "gho_"sv, "ghu_"sv, "ghs_"sv, "ghr_"sv, "github_pat_"sv}) {
    find_prefixed(text, prefix, 20, is_token, out);
  }
}

void find_slack_token(std::string_view text, std::vector<Extent>& out) {
  for (std::string_view prefix : {"xoxa-"sv, "xoxb-"sv, "xoxe-"sv, "xoxo-"sv, "xoxp-"sv, "xoxr-"sv,
                                  "xoxs-"sv, "xoxe.xoxp-"sv, "xapp-"sv}) {
    find_prefixed(text, prefix, 10, is_token, out);
  }
  find_prefixed(text, "hooks.slack.com/services/", 10, is_credential, out);
}

void find_bearer(std::string_view text, std::vector<Extent>& out) {
  for (std::string_view scheme : {"bearer "sv, "basic "sv}) {
    for (std::size_t at = find_ignore_case(text, scheme, 0); at != std::string_view::npos;
         at = find_ignore_case(text, scheme, at + 1)) {
      const std::size_t begin = at + scheme.size();
      const std::size_t end = skip_right(text, begin, is_credential);
      // Shorter ones are words: "basic auth".
      if (end - begin >= 8) out.push_back({begin, end});
    }
  }
}

void find_private_key(std::string_view text, std::vector<Extent>& out) {
  constexpr auto kBegin = "-----BEGIN "sv;
  constexpr auto kEnd = "-----END "sv;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos;
       at = text.find(kBegin, at + 1)) {
    const std::size_t label = text.find("PRIVATE KEY", at);
    if (label == std::string_view::npos || label > at + 40) continue;
    const std::size_t footer = text.find(kEnd, label);
    const std::size_t dashes =
        footer == std::string_view::npos ? footer : text.find("-----", footer + kEnd.size());
    const std::size_t end = dashes == std::string_view::npos ? text.size() : dashes + 5;
    out.push_back({at, end});
    at = end - 1;
  }
}

void find_named_secret(std::string_view text, std::vector<Extent>& out) {
  if (text.find_first_of("=:") == std::string_view::npos) return;
  for (std::string_view name : kSecretNames) {
    for (std::size_t at = find_ignore_case(text, name, 0); at != std::string_view::npos;
         at = find_ignore_case(text, name, at + name.size())) {
      const Extent value = assigned_value(text, at + name.size());
      if (value.end > value.begin) out.push_back(value);
    }
  }
}

}  // namespace obs::lang
