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
bool is_local(char c) {
  return is_word(c) || std::string_view(".!#$'*+^_~-").find(c) != std::string_view::npos;
}

bool is_domain(char c) { return is_word(c) || c == '-' || c == '.'; }

// Where an '@', or the %40 a URL writes for it, begins at or after `from`; `length` is 1 or 3.
std::size_t find_at_sign(std::string_view text, std::size_t from, std::size_t& length) {
  const std::size_t sign = text.find('@', from);
  const std::size_t encoded = text.find("%40", from);
  length = encoded < sign ? 3 : 1;
  return std::min(sign, encoded);
}

// inet_pton wants a C string; no address is longer than this.
bool is_address(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size()) return false;
  std::memcpy(copy.data(), text.data(), text.size());
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(family, copy.data(), ignored.data()) == 1;
}

bool is_address_char(char c) { return is_hex(c) || c == ':' || c == '.'; }

// The address in a run of hex digits, colons and dots: the run itself, or what is left of it
// without the full stop that ends a sentence or the colon and port that follow an IPv4 address.
Extent address_in(std::string_view text, Extent run) {
  while (run.end > run.begin && text[run.end - 1] == '.') --run.end;
  const std::string_view all = text.substr(run.begin, run.end - run.begin);
  if (is_address(AF_INET6, all) || is_address(AF_INET, all)) return run;
  const std::string_view host = all.substr(0, all.find(':'));
  if (is_address(AF_INET, host)) return {run.begin, run.begin + host.size()};
  const std::string_view without_colon = all.substr(0, all.size() - (all.ends_with(':') ? 1 : 0));
  if (is_address(AF_INET6, without_colon)) return {run.begin, run.begin + without_colon.size()};
  return {};
}

}  // namespace

void find_email(std::string_view text, std::vector<Extent>& out) {
  std::size_t length = 1;
  std::size_t floor = 0;
  for (std::size_t at = find_at_sign(text, 0, length); at != std::string_view::npos;
       at = find_at_sign(text, at + length, length)) {
    const std::size_t begin = skip_left(text, at, floor, is_local);
    const std::size_t domain = at + length;
    std::size_t end = skip_right(text, domain, is_domain);
    while (end > domain && !is_word(text[end - 1])) --end;
    const bool has_dot = text.substr(domain, end - domain).find('.') != std::string_view::npos;
    if (begin == at || !has_dot) continue;
    out.push_back({begin, end});
    floor = end;
  }
}

void find_ip(std::string_view text, std::vector<Extent>& out) {
  // Only what has a colon or a dot in it can be an address: start from those.
  std::size_t at = text.find_first_of(":.");
  std::size_t floor = 0;
  while (at != std::string_view::npos) {
    const Extent run{skip_left(text, at, floor, is_address_char),
                     skip_right(text, at, is_address_char)};
    const bool starts_inside_word = run.begin > 0 && is_word(text[run.begin - 1]);
    const Extent address = starts_inside_word ? Extent{} : address_in(text, run);
    if (address.end > address.begin) out.push_back(address);
    floor = std::max(at + 1, run.end);
    at = text.find_first_of(":.", floor);
  }
}

}  // namespace obs::lang
