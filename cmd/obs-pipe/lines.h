// Lines of a text, one by one, and of a chunk.

#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include "libobs/base/result.h"
#include "libobs/lang/pump.h"

namespace obs::pipe {

// Takes the next line off the front of `text`, without its newline.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Leaves out the byte order mark that some programs begin a file with.
inline void drop_mark(std::string_view& text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
}

// No JSON: what the engine leaves out and counts.
inline constexpr std::string_view kSkippedLine = "?\n";

// Makes them the chunk's.
inline void put_lines(lang::Chunk& chunk, std::string_view lines) {
  chunk.buffer.trim();
  char* const data = chunk.buffer.reserve(lines.size(), 0);
  lines.copy(data, lines.size());
  chunk.lines = {data, lines.size()};
}

// Calls `visit` with each line, until one fails.
template <class Visit>
Result<void> each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) OBS_TRY_VOID(visit(take_line(text)));
  return {};
}

}  // namespace obs::pipe
