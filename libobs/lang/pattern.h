// Patterns: text with holes, "order <order> declined: <reason>", as `parse pattern` reads them.
//
// A hole takes the shortest text up to the literal that follows it; the last one takes the rest.
// `<_>` skips. The text before the first hole must stand at the beginning unless the pattern begins
// with `<_>`. `<<` is a less-than sign.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::lang {

struct Pattern {
  struct Hole {
    std::string name;     // Empty: skip.
    std::string literal;  // What follows the hole; empty only for the last.
  };
  std::string prefix;
  std::vector<Hole> holes;
};

// kInvalidArgument: no hole, an unclosed one, or two with nothing between them.
Result<Pattern> compile_pattern(std::string_view text);

// Fills `values`, one view into `text` a hole. False, with `values` undefined, when the text does
// not match.
bool match_pattern(const Pattern& pattern, std::string_view text,
                   std::vector<std::string_view>& values);

}  // namespace obs::lang
