// Log lines for people, out of lines of JSON:
//
//   2026-11-22 10:15:30.123 ERROR checkout     payment declined  http.route=/pay user.id=42
//
// Knows obs-record(5) and the names of pino, bunyan, zap, logrus, zerolog, slog and their kin. Each
// line is drawn by itself: the same on every thread. No byte of a value reaches the terminal as a
// control character; a message of several lines goes on below, indented.

#pragma once

#include <string>
#include <string_view>

namespace obs::lang {

// Appends whole lines as lines for people. What is no JSON object passes as it is. Colours are
// ANSI's.
void append_pretty(std::string& out, std::string_view lines, bool color);

}  // namespace obs::lang
