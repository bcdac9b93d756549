// Text: UTF-8 checks and repair, hex, JSON string escaping, and the small helpers that std::string
// lacks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/bytes.h"

namespace obs {

// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms). ASCII runs at memory
// speed.
bool is_valid_utf8(std::string_view text);

// `text` with each maximal ill-formed sequence replaced by one U+FFFD (Unicode 15, 3.9, best
// practice).
std::string repair_utf8(std::string_view text);

// Lower-case hex, two digits a byte.
void append_hex(std::string& out, Bytes bytes);
// Reads exactly 2 * out.size() digits of either case. False, with `out` undefined, otherwise.
bool parse_hex(std::string_view text, std::span<std::byte> out);

void append_base64(std::string& out, Bytes bytes);  // Standard alphabet, padded.
std::optional<std::string> parse_base64(
    std::string_view text);  // Standard or URL alphabet, padding optional.

// Appends `text` as a JSON string with its quotes. Escapes `"`, `\`, and control characters (the
// short forms where JSON has them, else \u00XX); everything else goes out as the UTF-8 it is.
// `text` must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Appends a finite double in its shortest form that reads back as the same bits, always with `.` or
// `e`: 1.0, 0.1, 1e+300.
void append_double(std::string& out, double value);
void append_int(std::string& out, std::int64_t value);
void append_uint(std::string& out, std::uint64_t value);

// Whole-string numbers; nullopt for anything else, overflow and surrounding space included.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_uint(std::string_view text);
std::optional<double> parse_double(
    std::string_view text);  // Also "NaN", "Infinity", "-Infinity", "inf".

// "20KB" is 20,000 and "20KiB" 20,480; a bare number is bytes. nullopt otherwise.
std::optional<std::uint64_t> parse_size(std::string_view text);

bool equals_ignore_case(std::string_view a, std::string_view b);  // ASCII.
std::string to_lower(std::string_view text);                      // ASCII.
std::string_view trim(std::string_view text);                     // Spaces, tabs, CR, LF.
std::vector<std::string_view> split(std::string_view text,
                                    char separator);  // "a,,b" has three parts.

// Columns a terminal gives the text: wide characters count two, combining ones none. Ill-formed
// bytes count one.
std::size_t display_width(std::string_view text);

// The nearest of `known` to a mistyped `word`, for "did you mean"; empty when nothing is near.
std::string_view find_nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace obs
