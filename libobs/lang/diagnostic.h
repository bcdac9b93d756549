// Where a program is wrong, and how that is shown: line, column, the line itself with a caret, and
// a suggestion.
//
//   1:9: unknown field function "uppr"; did you mean "upper"?
//     where uppr(service) == "CART"
//           ^~~~

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "libobs/base/result.h"

namespace obs::lang {

// A stretch of a program's text, in bytes.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Diagnostic {
  Extent where;
  std::string message;  // One sentence, no full stop, suggestion included.
};

// The three lines above, without a trailing newline. Columns count characters from 1. `name` is put
// in front when it is not empty, as for a program read from a file: "errors.obs:1:9: …".
std::string render(const Diagnostic& diagnostic, std::string_view program,
                   std::string_view name = {});

}  // namespace obs::lang

namespace obs {

inline Failure<lang::Diagnostic> fail(lang::Diagnostic diagnostic) {
  return {std::move(diagnostic)};
}

}  // namespace obs
