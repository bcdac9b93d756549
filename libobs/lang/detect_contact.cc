// E-mail and IP addresses.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "libobs/lang/detectors.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

// RFC 5322's atext without what frames an address in a URL or a query.
constexpr CharSet kLocalMarks(".!#$%'*+^_~-");
bool is_local(char c) { return is_word(c) || kLocalMarks(c); }

bool is_domain(char c) { return is_word(c) || c == '-' || c == '.'; }

// '@', and the %40 that a URL writes for it, from left to right. Remembers both searches, so that a
// text full of one is not searched for the other again and again.
class AtSigns {
 public:
  explicit AtSigns(std::string_view text) : text_(text) {}

  struct Sign {
    std::size_t at;
    std::size_t length;
  };
  // The first at or after `from`; at == npos when there is none.
  Sign next(std::size_t from) {
    if (!seen_ || (sign_ < from && sign_ != kNone)) sign_ = text_.find('@', from);
    if (!seen_ || (encoded_ < from && encoded_ != kNone)) encoded_ = text_.find("%40", from);
    seen_ = true;
    return encoded_ < sign_ ? Sign{encoded_, 3} : Sign{sign_, 1};
  }

 private:
  static constexpr std::size_t kNone = std::string_view::npos;
  std::string_view text_;
  std::size_t sign_ = 0;
  std::size_t encoded_ = 0;
  bool seen_ = false;
};

// Where the local part before `at` begins; it may be quoted: "ann lee"@example.com.
std::size_t local_begin(std::string_view text, std::size_t at, std::size_t floor) {
  constexpr std::size_t kMaxLocal = 66;  // RFC 5321: 64, and the quotes.
  if (at > floor && text[at - 1] == '"') {
    const std::size_t from = std::max(floor, at - std::min(at, kMaxLocal));
    const std::size_t quote = text.substr(from, at - 1 - from).rfind('"');
    if (quote != std::string_view::npos) return from + quote;
  }
  // Longer than RFC 5321 allows, since escapes count thrice.
  return skip_left(text, at, std::max(floor, at - std::min(at, 3 * kMaxLocal)), is_local);
}

// Where the domain at `begin` ends: after a last label that begins with a letter, as those of a
// version (4.17.21) do not. `begin` itself when it is no domain.
std::size_t domain_end(std::string_view text, std::size_t begin) {
  std::size_t end = skip_right(text, begin, is_domain);
  while (end > begin) {
    while (end > begin && !is_word(text[end - 1])) --end;
    const std::size_t dot = text.substr(begin, end - begin).rfind('.');
    if (dot == std::string_view::npos) return begin;
    const char first = text[begin + dot + 1];
    if (is_word(first) && !is_digit(first)) return end;
    end = begin + dot;
  }
  return begin;
}

// An octet's extent: one to three digits that are at most 255; empty otherwise.
Extent octet_at(std::string_view text, std::size_t at) {
  const std::size_t end = skip_right(text, at, is_digit);
  if (end == at || end - at > 3) return {};
  int value = 0;
  for (std::size_t i = at; i < end; ++i) value = value * 10 + (text[i] - '0');
  return value <= 255 ? Extent{at, end} : Extent{};
}

// "v1.2.3.4", and the "Chrome/120.0.0.0" of browsers, whose last three numbers are frozen.
bool is_version(std::string_view text, Extent dotted) {
  if (dotted.begin == 0) return false;
  const char before = text[dotted.begin - 1];
  const bool inside_word = dotted.begin > 1 && is_word(text[dotted.begin - 2]);
  if ((before == 'v' || before == 'V') && !inside_word) return true;
  const std::string_view dotted_text = text.substr(dotted.begin, dotted.end - dotted.begin);
  return before == '/' && inside_word && dotted_text.ends_with(".0.0.0");
}

// Four octets that begin at `at`, with `end` behind all the numbers and dots that follow them. A
// fifth number may be a port, as tcpdump writes one; more make it an object id.
Extent ipv4_at(std::string_view text, std::size_t at, std::size_t& end) {
  Extent address{at, at};
  std::size_t octets = 0;
  std::size_t numbers = 0;
  for (end = at;; ++end) {
    const Extent octet = octet_at(text, end);
    end = skip_right(text, end, is_digit);
    ++numbers;
    if (octet.end != 0 && octets == numbers - 1 && octets < 4) {
      ++octets;
      address.end = octet.end;
    }
    if (end + 1 >= text.size() || text[end] != '.' || !is_digit(text[end + 1])) break;
  }
  const bool is_address = octets == 4 && numbers <= 5 && !is_version(text, address);
  return is_address ? address : Extent{};
}

void find_ipv4(std::string_view text, std::vector<Extent>& out) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    const Extent address = ipv4_at(text, at, end);
    if (address.end > address.begin) out.push_back(address);
    at = std::max(end, at + 1);
  }
}

// inet_pton wants a C string; no address is longer than this.
bool is_ipv6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size()) return false;
  std::memcpy(copy.data(), text.data(), text.size());
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(AF_INET6, copy.data(), ignored.data()) == 1;
}

bool is_address_char(char c) { return is_hex(c) || c == ':' || c == '.'; }

// Takes off what belongs to a word or sentence around a run: "src:2001:db8::1." Leaves nothing of
// the paths of programs, "std::string".
Extent trimmed(std::string_view text, Extent run) {
  if (run.begin > 0 && is_letter(text[run.begin - 1])) {
    run.begin = std::min(text.find(':', run.begin), run.end);
    const std::string_view rest = text.substr(run.begin, run.end - run.begin);
    if (rest.starts_with("::") && !rest.starts_with(":::")) return {};
  }
  const std::string_view rest = text.substr(run.begin, run.end - run.begin);
  if (rest.starts_with(":::") || (rest.starts_with(':') && !rest.starts_with("::"))) ++run.begin;
  while (run.end > run.begin && text[run.end - 1] == '.') --run.end;
  const std::string_view left = text.substr(run.begin, run.end - run.begin);
  if (left.ends_with(':') && !left.ends_with("::")) --run.end;
  return run;
}

// "16:27:ac:…": the fingerprint of a key, not eight groups of it.
bool is_fingerprint(std::string_view run) {
  constexpr std::size_t kGroups = 8;
  for (std::size_t at = 2; at < run.size(); at += 3) {
    if (run[at] != ':') return false;
  }
  return run.size() > 3 * kGroups;
}

// The address that ends a run: the run itself, or what is left of it behind some of its groups, as
// when a time stands before it. Looks no further back than an address is long.
Extent address_ending(std::string_view text, Extent run) {
  std::size_t begin = run.begin;
  if (run.end - begin >= INET6_ADDRSTRLEN) begin = run.end - INET6_ADDRSTRLEN + 1;
  while (begin < run.end) {
    const std::string_view candidate = text.substr(begin, run.end - begin);
    if (candidate != "::" && is_ipv6(candidate)) return {begin, run.end};
    const std::size_t colon = candidate.find_first_of(":.");
    if (colon == std::string_view::npos) break;
    begin += colon == 0 ? 1 : colon;
    if (!text.substr(begin, run.end - begin).starts_with("::")) ++begin;
  }
  return {};
}

// The address in a run; behind it may stand a port, as tcpdump writes one: 2001:db8::1.443.
Extent ipv6_in(std::string_view text, Extent run) {
  run = trimmed(text, run);
  if (run.end <= run.begin) return {};
  const std::string_view all = text.substr(run.begin, run.end - run.begin);
  if (is_fingerprint(all)) return {};
  const Extent address = address_ending(text, run);
  const std::size_t dot = all.rfind('.');
  if (address.end > 0 || dot == std::string_view::npos) return address;
  return address_ending(text, {run.begin, run.begin + dot});
}

// The beginning of a word behind colons, as in arn:aws:s3:::bucket.
bool is_word_behind_colons(std::string_view text, Extent address) {
  const std::string_view all = text.substr(address.begin, address.end - address.begin);
  return all.starts_with("::") && all.find(':', 2) == std::string_view::npos &&
         address.end < text.size() && is_letter(text[address.end]);
}

void find_ipv6(std::string_view text, std::vector<Extent>& out) {
  std::size_t floor = 0;
  for (std::size_t at = text.find(':'); at != std::string_view::npos; at = text.find(':', floor)) {
    const Extent run{skip_left(text, at, floor, is_address_char),
                     skip_right(text, at, is_address_char)};
    floor = std::max(at + 1, run.end);
    const Extent address = ipv6_in(text, run);
    if (address.end == address.begin || is_word_behind_colons(text, address)) continue;
    out.push_back(address);
  }
}

}  // namespace

void find_email(std::string_view text, std::vector<Extent>& out) {
  AtSigns signs(text);
  std::size_t floor = 0;
  for (auto sign = signs.next(0); sign.at != std::string_view::npos;
       sign = signs.next(sign.at + sign.length)) {
    const std::size_t begin = local_begin(text, sign.at, floor);
    const std::size_t end = domain_end(text, sign.at + sign.length);
    if (begin == sign.at || end == sign.at + sign.length) continue;
    out.push_back({begin, end});
    floor = end;
  }
}

void find_ip(std::string_view text, std::vector<Extent>& out) {
  find_ipv4(text, out);
  find_ipv6(text, out);
}

}  // namespace obs::lang
