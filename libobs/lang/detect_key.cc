// Keys and tokens, by their makers' prefixes.

#include <algorithm>
#include <array>
#include <span>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_scan.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

using namespace std::string_view_literals;

bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
bool is_token(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
// RFC 6750's b64token.
bool is_credential(char c) {
  return is_token(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=' || c == '%';
}

std::string_view slice(std::string_view text, std::size_t begin, std::size_t end) {
  return text.substr(begin, end - begin);
}

// `prefix` in any case, then at least `min_length` accepted bytes.
template <class Accept, class Check>
void find_prefixed(std::string_view text, std::string_view prefix, std::size_t min_length,
                   Accept accept, Check check, std::vector<Extent>& out) {
  for (std::size_t at = find_ignore_case(text, prefix, 0); at != std::string_view::npos;
       at = find_ignore_case(text, prefix, at)) {
    const std::size_t end = skip_right(text, at + prefix.size(), accept);
    const bool is_long = end - at - prefix.size() >= min_length;
    if (is_long && check(slice(text, at, end))) out.push_back({at, end});
    at = std::max(end, at + prefix.size());
  }
}

template <class Accept>
void find_prefixed(std::string_view text, std::string_view prefix, std::size_t min_length,
                   Accept accept, std::vector<Extent>& out) {
  find_prefixed(
      text, prefix, min_length, accept, [](std::string_view) { return true; }, out);
}

// One of the prefixes, which begin with the same letter, then at least `min_length` accepted bytes.
template <class Accept>
void find_any_prefixed(std::string_view text, std::span<const std::string_view> prefixes,
                       std::size_t min_length, Accept accept, std::vector<Extent>& out) {
  const std::string_view first = prefixes[0].substr(0, 1);
  for (std::size_t at = find_ignore_case(text, first, 0); at != std::string_view::npos;
       at = find_ignore_case(text, first, at)) {
    const auto begins = [&](std::string_view prefix) {
      return equals_ignore_case(text.substr(at, prefix.size()), prefix);
    };
    const auto prefix = std::find_if(prefixes.begin(), prefixes.end(), begins);
    if (prefix == prefixes.end()) {
      ++at;
      continue;
    }
    const std::size_t end = skip_right(text, at + prefix->size(), accept);
    if (end - at - prefix->size() >= min_length) out.push_back({at, end});
    at = end;
  }
}

// The letters of base64, as secrets and keys have them.
bool is_base64(char c) { return is_alphanumeric(c) || c == '+' || c == '/'; }

// Whether the first look would pass over a stretch of it, for want of capitals.
bool has_long_gap(std::string_view run) {
  std::size_t gap = 0;
  for (const char c : run) {
    gap = is_upper(c) ? 0 : gap + 1;
    if (gap == kRandomStretch) return true;
  }
  return false;
}

// Whether chance made it: capitals, small letters and digits, and more different ones than a path
// or a digest has. One in a thousand has no digit; then it has more capitals than names do.
bool is_random(std::string_view run) {
  constexpr std::size_t kMinDifferent = 20;
  constexpr std::ptrdiff_t kManyCapitals = 13;
  std::array<bool, 128> seen{};
  for (const char c : run) seen[static_cast<unsigned char>(c) & 127] = true;
  const auto different = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
  const auto count = [&](auto accept) { return std::count_if(run.begin(), run.end(), accept); };
  const auto is_lower = [](char c) { return is_letter(c) && !is_upper(c); };
  return different >= kMinDifferent && !has_long_gap(run) && count(is_upper) > 2 &&
         count(is_lower) > 2 && (count(is_digit) > 0 || count(is_upper) >= kManyCapitals);
}

// Runs of base64 of one of these lengths that stand apart.
void find_random(std::string_view text, std::span<const std::size_t> lengths,
                 std::vector<Extent>& out) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t begin = at;
    at = skip_right(text, at, is_base64);
    const bool is_wanted = std::find(lengths.begin(), lengths.end(), at - begin) != lengths.end();
    if (is_wanted && is_random(slice(text, begin, at))) out.push_back({begin, at});
  }
}

// What follows Bearer and Basic in sentences.
bool is_plain_word(std::string_view text) {
  constexpr std::array kWords = {"authentication"sv, "authorization"sv, "credential"sv,
                                 "credentials"sv,    "required"sv,      "challenge"sv,
                                 "functionality"sv,  "information"sv};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return equals_ignore_case(word, text); });
}

// Behind a scheme: spaces, a colon or equals sign, quotes; also as URLs write them.
std::size_t skip_to_credential(std::string_view text, std::size_t at) {
  constexpr CharSet kGap(" \t:=+\"'\\");
  constexpr std::size_t kMaxGap = 8;
  const std::size_t limit = std::min(text.size(), at + kMaxGap);
  while (at < limit) {
    if (slice(text, at, at + 3) == "%20") {
      at += 3;
    } else if (kGap(text[at])) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

void find_jwt(std::string_view text, std::vector<Extent>& out) {
  // Two base64url objects and a signature, which may be empty; an encrypted one has five parts, of
  // which the second may be. An object begins with `{"`, which is "eyJ".
  for (std::size_t at = find_ignore_case(text, "eyj", 0); at != std::string_view::npos;
       at = find_ignore_case(text, "eyj", at)) {
    const std::size_t header = skip_right(text, at, is_token);
    std::size_t end = header;
    std::size_t parts = 1;
    while (end < text.size() && text[end] == '.' && parts < 5) {
      end = skip_right(text, end + 1, is_token);
      ++parts;
    }
    const bool has_payload = header + 1 < text.size() && is_token(text[header + 1]);
    if (parts > 1 && (has_payload || parts == 5)) out.push_back({at, end});
    at = std::max(end, at + 3);
  }
}

void find_aws_key(std::string_view text, std::vector<Extent>& out) {
  // Sixteen capitals and digits. In other cases it stands apart and has a digit, and something that
  // no hex id has.
  const auto is_key = [&](std::string_view key) {
    const auto any = [&](auto accept) { return std::any_of(key.begin(), key.end(), accept); };
    if (!any([](char c) { return c >= 'a' && c <= 'z'; })) return true;
    const bool is_apart = key.data() == text.data() || !is_word(key.data()[-1]);
    return is_apart && any(is_digit) && any([](char c) { return !is_hex(c); });
  };
  for (std::string_view prefix : {"akia"sv, "asia"sv, "abia"sv, "acca"sv}) {
    find_prefixed(text, prefix, 16, is_alphanumeric, is_key, out);
  }
  // The secret that belongs to a key, which nothing announces.
  constexpr std::array kSecretLength = {std::size_t{40}};
  find_random(text, kSecretLength, out);
}

void find_github_token(std::string_view text, std::vector<Extent>& out) {
  constexpr std::array kPrefixes = {"ghp_"sv, "gho_"sv, "ghu_"sv,
                                    "ghs_"sv, "ghr_"sv, "github_pat_"sv};
  find_any_prefixed(text, kPrefixes, 20, is_token, out);
}

void find_slack_token(std::string_view text, std::vector<Extent>& out) {
  constexpr std::array kPrefixes = {"xoxa-"sv,      "xoxb-"sv,      "xoxc-"sv, "xoxd-"sv, "xoxe-"sv,
                                    "xoxo-"sv,      "xoxp-"sv,      "xoxr-"sv, "xoxs-"sv, "xapp-"sv,
                                    "xoxe.xoxp-"sv, "xoxe.xoxb-"sv, "xwfp-"sv};
  find_any_prefixed(text, kPrefixes, 10, is_credential, out);
  find_prefixed(text, "hooks.slack.com/", 10, is_credential, out);
}

void find_bearer(std::string_view text, std::vector<Extent>& out) {
  // Shorter ones are words: "basic auth"; those with a digit seldom.
  constexpr std::size_t kMinCredential = 8;
  constexpr std::size_t kMinWithDigit = 6;
  for (std::string_view scheme : {"bearer"sv, "basic"sv}) {
    for (std::size_t at = find_ignore_case(text, scheme, 0); at != std::string_view::npos;
         at = find_ignore_case(text, scheme, at)) {
      const std::size_t begin = skip_to_credential(text, at + scheme.size());
      const std::size_t end = skip_right(text, begin, is_credential);
      const bool is_apart = begin > at + scheme.size();
      const std::string_view credential = slice(text, begin, end);
      const bool has_digit = std::any_of(credential.begin(), credential.end(), is_digit);
      const bool is_long = credential.size() >= (has_digit ? kMinWithDigit : kMinCredential);
      if (is_apart && is_long && !is_plain_word(credential)) {
        out.push_back({begin, end});
      }
      at += scheme.size();
    }
  }
}

void find_private_key(std::string_view text, std::vector<Extent>& out) {
  constexpr auto kBegin = "-----begin"sv;
  constexpr auto kEnd = "-----end"sv;
  constexpr std::size_t kMaxLabel = 40;
  for (std::size_t at = find_ignore_case(text, kBegin, 0); at != std::string_view::npos;
       at = find_ignore_case(text, kBegin, at)) {
    const std::size_t label = at + kBegin.size();
    const std::string_view title = text.substr(label, kMaxLabel);
    // In a form's data a space is a plus sign.
    const std::size_t kind = find_ignore_case(title, "private", 0);
    if (find_ignore_case(title, "key", std::min(kind, title.size())) == std::string_view::npos) {
      at = label;
      continue;
    }
    // A key that is cut short is one to the end of the text.
    const std::size_t footer = find_ignore_case(text, kEnd, label);
    const std::size_t dashes =
        footer == std::string_view::npos ? footer : text.find("-----", footer + kEnd.size());
    const std::size_t end = dashes == std::string_view::npos ? text.size() : dashes + 5;
    out.push_back({at, end});
    at = end;
  }
  // The lines of a key that was logged line by line: as PEM, OpenSSH and MIME have them.
  constexpr std::array kLineLengths = {std::size_t{64}, std::size_t{70}, std::size_t{76}};
  find_random(text, kLineLengths, out);
}

}  // namespace obs::lang
