// Log lines for people, out of lines of JSON:
//
//   2026-11-22 10:15:30.123 ERROR checkout     payment declined  http.route=/pay user.id=42
//
// Knows obs-record(5) and the names of pino, bunyan, zap, logrus, zerolog, slog and their kin. Each
// line is drawn by itself: the same on every thread. No byte of a value reaches the terminal as a
// control character (see terminal_text.h); a message of several lines goes on below, indented.

#pragma once

#include <string>
#include <string_view>

namespace obs::lang {

struct PrettyOptions {
  bool color = false;       // ANSI's.
  bool local_time = false;  // Times in the zone of the process, rather than as they stand.
};

// Appends whole lines as lines for people. What is no JSON object is one of text.
void append_pretty(std::string& out, std::string_view lines, const PrettyOptions& options);

}  // namespace obs::lang
