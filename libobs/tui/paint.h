// Colour and plain text on a terminal.
//
// Every byte of telemetry is a stranger's: whatever goes to a terminal goes through append_safe(),
// so that no record can move the cursor, set a title or clear the screen.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace obs::tui {

// Of the terminal's 256 colours.
struct Style {
  static constexpr int kNoColor = -1;
  int color = kNoColor;
  bool bold = false;
  bool dim = false;
};

inline constexpr Style kPlain = {};
inline constexpr Style kBold = {Style::kNoColor, true, false};
inline constexpr Style kDim = {Style::kNoColor, false, true};
inline constexpr Style kError = {203, true, false};

// By severity or status name, in any case; kPlain for a name that says nothing.
Style severity_style(std::string_view name);
// The same colour for the same service, everywhere and for ever.
Style service_style(std::string_view service);

// Appends text in a style, or bare when colour is off.
class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  bool has_color() const { return color_; }
  void append(std::string& out, std::string_view text, Style style) const;

 private:
  bool color_;
};

// `text` with control characters spelled out: \n, \t, \x1b. Ill-formed UTF-8 becomes U+FFFD.
void append_safe(std::string& out, std::string_view text);
std::string to_safe(std::string_view text);

// Safe text cut to `width` columns, the last of which is then `…`.
std::string fit(std::string_view text, std::size_t width);

// Appends spaces until `used` columns are `width`.
void append_padding(std::string& out, std::size_t used, std::size_t width);

}  // namespace obs::tui
