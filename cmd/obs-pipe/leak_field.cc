#include "cmd/obs-pipe/leak_field.h"

#include <vector>

namespace obs::pipe {
namespace {

constexpr std::size_t kMaxPath = 200;

struct Level {
  bool is_object = false;
  bool wants_key = false;
  std::string_view key;
  std::size_t item = 0;
};

std::string to_path(const std::vector<Level>& levels, bool in_key) {
  std::string path;
  const std::size_t named = levels.size() - (in_key ? 1 : 0);
  for (std::size_t i = 0; i < named && path.size() < kMaxPath; ++i) {
    const Level& level = levels[i];
    if (!level.is_object) {
      path += '[' + std::to_string(level.item) + ']';
      continue;
    }
    if (!path.empty()) path += '.';
    for (const char c : level.key) path += c < 0x20 || c == 0x7F ? '?' : c;
  }
  if (path.size() > kMaxPath) path.resize(kMaxPath);
  if (in_key) path += path.empty() ? "(a name)" : " (a name)";
  return path;
}

// One behind the closing quote.
std::size_t string_end(std::string_view line, std::size_t begin) {
  for (std::size_t i = begin + 1; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      return i + 1;
    }
  }
  return line.size();
}

void step(std::vector<Level>& levels, char c) {
  if (c == '{' || c == '[') {
    levels.push_back({c == '{', c == '{', {}, 0});
  } else if ((c == '}' || c == ']') && !levels.empty()) {
    levels.pop_back();
  } else if (c == ',' && !levels.empty()) {
    levels.back().wants_key = levels.back().is_object;
    ++levels.back().item;
  }
}

}  // namespace

std::string find_field_at(std::string_view line, std::size_t offset) {
  std::vector<Level> levels;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] != '"') {
      if (at >= offset) break;
      step(levels, line[at++]);
      continue;
    }
    const std::size_t end = string_end(line, at);
    const bool is_key = !levels.empty() && levels.back().wants_key;
    if (offset < end) return levels.empty() ? "line" : to_path(levels, is_key);
    if (is_key) {
      levels.back().key = line.substr(at + 1, end - at - 2);
      levels.back().wants_key = false;
    }
    at = end;
  }
  return levels.empty() ? "line" : to_path(levels, false);
}

}  // namespace obs::pipe
