#include "libobs/lang/function_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <ctime>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/base/utf8.h"

namespace obs::lang {
namespace {

// Longer than any sensible strftime result.
constexpr std::size_t kMaxTimeText = 512;

// As IPv6; an IPv4 address is its last four bytes (RFC 4291, section 2.5.5.2).
struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  // 32 or 128, as it was written; 0 for none.
};

constexpr int kMappedBits = 96;

Address parse_address(std::string_view text) {
  Address out;
  char buffer[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof(buffer)) return out;
  *std::copy(text.begin(), text.end(), buffer) = '\0';
  if (inet_pton(AF_INET, buffer, &out.bytes[kMappedBits / 8]) == 1) {
    out.bytes[10] = out.bytes[11] = 0xff;
    out.bits = 32;
  } else if (inet_pton(AF_INET6, buffer, out.bytes.data()) == 1) {
    out.bits = 128;
  }
  return out;
}

struct Network {
  Address base;
  int prefix = 0;  // Of the 128 bits.
};

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const Address base = parse_address(text.substr(0, slash));
  if (base.bits == 0) return std::nullopt;
  if (slash == std::string_view::npos) return Network{base, 128};
  const auto bits = parse_uint(text.substr(slash + 1));
  if (!bits || *bits > static_cast<std::uint64_t>(base.bits)) return std::nullopt;
  return Network{base, static_cast<int>(*bits) + 128 - base.bits};
}

bool same_prefix(const Address& a, const Address& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const int mask = 0xFF00 >> (bits % 8) & 0xFF;
  return (a.bytes[whole] & mask) == (b.bytes[whole] & mask);
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::byte byte;
    if (text[i] == '%' && parse_hex(text.substr(i + 1, 2), {&byte, 1})) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// What stands behind "scheme://", or all of it.
std::string_view after_scheme(std::string_view url) {
  const std::size_t at = url.find("://");
  return at == std::string_view::npos ? url : url.substr(at + 3);
}

void append_replacement(std::string& out, std::string_view to,
                        const std::vector<std::string_view>& groups) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const bool refers = to[i] == '\\' && i + 1 < to.size();
    if (!refers) {
      out += to[i];
      continue;
    }
    const char c = to[++i];
    if (c < '0' || c > '9') {
      out += c;
    } else if (const auto group = static_cast<std::size_t>(c - '0'); group < groups.size()) {
      out += groups[group];
    }
  }
}

std::string scaled(double number, double base, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  // Three digits are shown; what would round to the base belongs to the next unit.
  constexpr double kFourDigits = 999.5;
  const double full = base > 1000 ? base - 0.5 : kFourDigits;
  while (std::fabs(number) >= full && unit + 1 < units.size()) {
    number /= base;
    ++unit;
  }
  if (std::fabs(number) >= kFourDigits) return fmt::format("{:.0f}{}", number, units[unit]);
  return fmt::format("{:.3g}{}", number, units[unit]);
}

}  // namespace

std::int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string_view cut_characters(std::string_view text, std::int64_t start, std::int64_t count) {
  if (start < 0) start = std::max<std::int64_t>(0, start + count_characters(text));
  while (start > 0 && !text.empty()) {
    text.remove_prefix(next_utf8(text).size);
    --start;
  }
  std::string_view rest = text;
  while (count > 0 && !rest.empty()) {
    rest.remove_prefix(next_utf8(rest).size);
    --count;
  }
  return text.substr(0, text.size() - rest.size());
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::string(text);
  std::string out;
  for (;;) {
    const std::size_t at = text.find(from);
    if (at == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
}

std::string replace_matches(const Regex& regex, std::string_view text, std::string_view to,
                            bool once) {
  std::string out;
  while (!text.empty()) {
    const auto groups = regex.match(text);
    if (groups.empty()) break;
    const auto at = static_cast<std::size_t>(groups[0].data() - text.data());
    out.append(text.substr(0, at));
    append_replacement(out, to, groups);
    text.remove_prefix(at + groups[0].size());
    if (once) break;
    if (groups[0].empty() && !text.empty()) {  // An empty match: go on behind the next character.
      const std::size_t size = next_utf8(text).size;
      out.append(text.substr(0, size));
      text.remove_prefix(size);
    }
  }
  return out.append(text);
}

std::string split_to_json(std::string_view text, std::string_view separator) {
  std::string out = "[";
  for (;;) {
    const std::size_t at = separator.empty() ? std::string_view::npos : text.find(separator);
    const std::string_view part = text.substr(0, at);
    append_json_string(out, is_valid_utf8(part) ? std::string(part) : repair_utf8(part));
    if (at == std::string_view::npos) return out + "]";
    out += ',';
    text.remove_prefix(at + separator.size());
  }
}

std::optional<std::string_view> split_part(std::string_view text, std::string_view separator,
                                           std::size_t index) {
  for (;; --index) {
    const std::size_t at = separator.empty() ? std::string_view::npos : text.find(separator);
    if (index == 0) return text.substr(0, at);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + separator.size());
  }
}

std::string humanize_number(double number, std::string_view unit) {
  static constexpr std::array<std::string_view, 7> kSi = {"", "k", "M", "G", "T", "P", "E"};
  static constexpr std::array<std::string_view, 7> kBinary = {"B",   "KiB", "MiB", "GiB",
                                                              "TiB", "PiB", "EiB"};
  if (!std::isfinite(number)) return fmt::format("{}", number);
  if (unit == "B") return scaled(number, 1024, kBinary);
  constexpr std::array<std::pair<std::string_view, double>, 4> kTimes = {
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
  for (const auto& [name, factor] : kTimes) {
    const bool fits = unit == name && std::fabs(number * factor) < 9e18;
    if (fits) return to_duration_text(static_cast<Duration>(number * factor));
  }
  return scaled(number, 1000, kSi) + std::string(unit);
}

std::string format_utc(Timestamp time, std::string_view format) {
  const Timestamp rest = time % kSecond < 0 ? time % kSecond + kSecond : time % kSecond;
  const std::time_t seconds = (time - rest) / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const std::string full = replace_all(format, "%f", fmt::format("{:09}", rest));
  char buffer[kMaxTimeText];
  return {buffer, std::strftime(buffer, sizeof(buffer), full.c_str(), &parts)};
}

bool is_network(std::string_view network) { return parse_network(network).has_value(); }

bool matches_network(std::string_view address, std::string_view network) {
  const Address subject = parse_address(address);
  const auto known = parse_network(network);
  if (!known || subject.bits == 0) return false;
  // "::/0" holds what was written as IPv6.
  const bool is_other_kind = subject.bits == 32 && known->prefix < kMappedBits;
  return !is_other_kind && same_prefix(subject, known->base, known->prefix);
}

std::string_view url_scheme(std::string_view url) {
  const std::size_t at = url.find("://");
  return at == std::string_view::npos ? std::string_view() : url.substr(0, at);
}

std::string_view url_host(std::string_view url) {
  if (url_scheme(url).data() == nullptr) return {};
  std::string_view host = after_scheme(url);
  host = host.substr(0, host.find_first_of("/?#"));
  host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0.
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

std::string_view url_path(std::string_view url) {
  std::string_view path = after_scheme(url);
  if (path.size() != url.size()) {
    const std::size_t at = std::min(path.find_first_of("/?#"), path.size());
    path.remove_prefix(at);
  }
  return path.substr(0, path.find_first_of("?#"));
}

std::optional<std::string> url_parameter(std::string_view url, std::string_view name) {
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  std::string_view query = url.substr(question + 1);
  query = query.substr(0, query.find('#'));
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (percent_decode(pair.substr(0, equals)) != name) continue;
    return percent_decode(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

}  // namespace obs::lang
