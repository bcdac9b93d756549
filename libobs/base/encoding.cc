// Hex, base64 and JSON strings, for text.h.

#include <array>
#include <cstring>

#include "libobs/base/text.h"

namespace obs {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_hex_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNoDigit;
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = 10 + i;
  return values;
}
constexpr auto kHexValues = make_hex_values();

constexpr std::array<std::uint8_t, 256> make_base64_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNoDigit;
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(kBase64Digits[i])] = i;
  values['-'] = 62;  // The URL alphabet.
  values['_'] = 63;
  return values;
}
constexpr auto kBase64Values = make_base64_values();

// 0: goes out as it is; 'u': as \u00XX; else the letter after the backslash.
constexpr std::array<char, 256> make_json_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t i = 0; i < 0x20; ++i) escapes[i] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr auto kJsonEscapes = make_json_escapes();

std::uint8_t value_of(const std::array<std::uint8_t, 256>& values, char digit) {
  return values[static_cast<std::uint8_t>(digit)];
}

// True when one of eight bytes is below 0x20, `"` or `\` (or, harmlessly, sometimes beside one).
bool may_need_escape(const char* text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof(word));
  const auto zero_byte = [](std::uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return (control | zero_byte(word ^ (kOnes * '"')) | zero_byte(word ^ (kOnes * '\\'))) != 0;
}

// How many bytes at the front of `text` need no escape.
std::size_t plain_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at + 8 <= text.size() && !may_need_escape(text.data() + at)) at += 8;
  while (at < text.size() && !kJsonEscapes[static_cast<std::uint8_t>(text[at])]) ++at;
  return at;
}

void append_escape(std::string& out, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += '\\';
  out += kJsonEscapes[byte];
  if (kJsonEscapes[byte] != 'u') return;
  out += "00";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

}  // namespace

void append_hex(std::string& out, Bytes bytes) {
  const std::size_t at = out.size();
  out.resize(at + bytes.size() * 2);
  char* next = out.data() + at;
  for (const std::byte byte : bytes) {
    *next++ = kHexDigits[std::to_integer<unsigned>(byte) >> 4];
    *next++ = kHexDigits[std::to_integer<unsigned>(byte) & 15];
  }
}

bool parse_hex(std::string_view text, std::span<std::byte> out) {
  if (text.size() != out.size() * 2) return false;
  unsigned bad = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned high = value_of(kHexValues, text[2 * i]);
    const unsigned low = value_of(kHexValues, text[2 * i + 1]);
    bad |= high | low;
    out[i] = static_cast<std::byte>(high << 4 | low);
  }
  return bad < 16;
}

void append_base64(std::string& out, Bytes bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const auto at = [&](std::size_t k) {
      return k < left ? std::to_integer<unsigned>(bytes[i + k]) : 0;
    };
    const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
    out += kBase64Digits[group >> 18];
    out += kBase64Digits[group >> 12 & 63];
    out += left > 1 ? kBase64Digits[group >> 6 & 63] : '=';
    out += left > 2 ? kBase64Digits[group & 63] : '=';
  }
}

std::optional<std::string> parse_base64(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1) return std::nullopt;
  if (padding != 0 && (text.size() + padding) % 4 != 0) return std::nullopt;

  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char digit : text) {
    const std::uint8_t value = value_of(kBase64Values, digit);
    if (value == kNoDigit) return std::nullopt;
    bits = bits << 6 | value;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 0xFF);
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const std::size_t plain = plain_prefix(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    append_escape(out, text.front());
    text.remove_prefix(1);
  }
  out += '"';
}

}  // namespace obs
