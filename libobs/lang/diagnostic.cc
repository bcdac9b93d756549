#include "libobs/lang/diagnostic.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::lang {
namespace {

struct Line {
  std::size_t number;  // From 1.
  std::string_view text;
  std::size_t begin;  // Offset in the program.
};

Line line_at(std::string_view program, std::size_t offset) {
  offset = std::min(offset, program.size());
  const std::string_view before = program.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  const std::size_t end = program.find('\n', offset);
  const auto number = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  return {number, program.substr(begin, end == std::string_view::npos ? end : end - begin), begin};
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view program, std::string_view name) {
  const Line line = line_at(program, diagnostic.where.begin);
  const std::size_t begin = std::min(diagnostic.where.begin - line.begin, line.text.size());
  const std::size_t end =
      std::clamp(diagnostic.where.end - line.begin, begin, std::max(begin, line.text.size()));
  const std::size_t column = display_width(line.text.substr(0, begin));
  const std::size_t width =
      std::max<std::size_t>(1, display_width(line.text.substr(begin, end - begin)));
  return fmt::format("{}{}{}:{}: {}\n  {}\n  {}^{}", name, name.empty() ? "" : ":", line.number,
                     column + 1, diagnostic.message, line.text, std::string(column, ' '),
                     std::string(width - 1, '~'));
}

}  // namespace obs::lang
