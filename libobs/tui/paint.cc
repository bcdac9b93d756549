#include "libobs/tui/paint.h"

#include <array>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"

namespace obs::tui {
namespace {

// Far enough apart to tell, light enough for dark terminals and dark enough for light ones; none is
// the red of errors.
constexpr std::array<int, 12> kServiceColors = {39,  208, 76,  170, 44,  178,
                                                105, 72,  141, 214, 111, 149};

std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(size, text.size());
}

// C0, DEL, and C1 in UTF-8 (U+0080 to U+009F), which terminals obey as well.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7F) return true;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

// Marks that reorder the text around them, so that it reads as something else (U+202A-202E,
// U+2066-2069).
bool is_reordering(std::string_view character) {
  if (character.size() != 3 || character[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(character[1]);
  const auto third = static_cast<unsigned char>(character[2]);
  return (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

void append_control(std::string& out, std::string_view character) {
  switch (character[0]) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  for (char byte : character) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
}

void append_safe_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_size(text));
    if (is_control(character) || is_reordering(character)) {
      append_control(out, character);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
}

}  // namespace

Style severity_style(std::string_view name) {
  const std::string word = to_lower(name);
  if (word == "fatal") return {199, true, false};
  if (word == "error") return kError;
  if (word == "warn") return {214, false, false};
  if (word == "info" || word == "ok") return {78, false, false};
  if (word == "debug" || word == "trace") return kDim;
  return kPlain;
}

Style service_style(std::string_view service) {
  if (service.empty()) return kDim;
  return {kServiceColors[hash64(service) % kServiceColors.size()], false, false};
}

void Painter::append(std::string& out, std::string_view text, Style style) const {
  const bool plain = style.color == Style::kNoColor && !style.bold && !style.dim;
  if (!color_ || plain || text.empty()) {
    out += text;
    return;
  }
  std::string codes;
  if (style.bold) codes += "1;";
  if (style.dim) codes += "2;";
  if (style.color != Style::kNoColor) codes += fmt::format("38;5;{};", style.color);
  codes.pop_back();
  out += fmt::format("\x1b[{}m{}\x1b[0m", codes, text);
}

void append_safe(std::string& out, std::string_view text) {
  if (is_valid_utf8(text)) return append_safe_utf8(out, text);
  append_safe_utf8(out, repair_utf8(text));
}

std::string to_safe(std::string_view text) {
  std::string safe;
  append_safe(safe, text);
  return safe;
}

std::string fit(std::string_view text, std::size_t width) {
  // What cannot be shown need not be made safe: a character has at most 4 bytes, a combining one
  // takes no column, and a few of these a column are enough.
  constexpr std::size_t kBytesAColumn = 16;
  const std::size_t enough = (width + 1) * kBytesAColumn;
  std::string safe = to_safe(text.size() > enough ? text.substr(0, enough) : text);
  if (text.size() <= enough && display_width(safe) <= width) return safe;
  if (width == 0) return {};
  std::size_t end = 0;
  std::size_t used = 0;
  while (end < safe.size()) {
    const std::size_t size = character_size(std::string_view(safe).substr(end));
    const std::size_t columns = display_width(std::string_view(safe).substr(end, size));
    if (used + columns > width - 1) break;
    used += columns;
    end += size;
  }
  return safe.substr(0, end) + "…";
}

void append_padding(std::string& out, std::size_t used, std::size_t width) {
  if (used < width) out.append(width - used, ' ');
}

}  // namespace obs::tui
