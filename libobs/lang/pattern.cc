#include "libobs/lang/pattern.h"

#include <fmt/format.h>

namespace obs::lang {
namespace {

// Text up to the next hole; `<<` is one `<`. Leaves `at` on the hole's `<` or at the end.
std::string take_literal(std::string_view text, std::size_t& at) {
  std::string literal;
  while (at < text.size()) {
    if (text[at] == '<') {
      if (text.substr(at, 2) != "<<") break;
      ++at;
    }
    literal += text[at++];
  }
  return literal;
}

}  // namespace

Result<Pattern> compile_pattern(std::string_view text) {
  Pattern pattern;
  std::size_t at = 0;
  pattern.prefix = take_literal(text, at);
  while (at < text.size()) {
    const std::size_t close = text.find('>', at);
    if (close == std::string_view::npos) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("the hole \"{}\" is never closed with >", text.substr(at)));
    }
    if (!pattern.holes.empty() && pattern.holes.back().literal.empty()) {
      return fail(Errc::kInvalidArgument, "two holes need text between them");
    }
    std::string name(text.substr(at + 1, close - at - 1));
    if (name == "_") name.clear();
    at = close + 1;
    pattern.holes.push_back({std::move(name), take_literal(text, at)});
  }
  if (pattern.holes.empty()) {
    return fail(Errc::kInvalidArgument, "a pattern has at least one hole such as <user>");
  }
  return pattern;
}

bool match_pattern(const Pattern& pattern, std::string_view text,
                   std::vector<std::string_view>& values) {
  values.clear();
  if (!text.starts_with(pattern.prefix)) return false;
  text.remove_prefix(pattern.prefix.size());
  for (const Pattern::Hole& hole : pattern.holes) {
    const std::size_t end = hole.literal.empty() ? text.size() : text.find(hole.literal);
    if (end == std::string_view::npos) return false;
    values.push_back(text.substr(0, end));
    text.remove_prefix(end + hole.literal.size());
  }
  return true;
}

}  // namespace obs::lang
