#include "libobs/lang/ast.h"

#include <array>

namespace obs::lang {

std::string_view to_string(Op op) {
  constexpr std::array<std::string_view, 24> kNames = {
      "or",       "and", "not", "==", "!=",     "<",   "<=",       ">",
      ">=",       "=~",  "!~",  "in", "not in", "has", "contains", "startswith",
      "endswith", "+",   "-",   "*",  "/",      "%",   "-",        "exists"};
  static_assert(static_cast<std::size_t>(Op::kExists) + 1 == kNames.size());
  return kNames[static_cast<std::size_t>(op)];
}

Op mirrored(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreater;
    case Op::kLessEqual: return Op::kGreaterEqual;
    case Op::kGreater: return Op::kLess;
    case Op::kGreaterEqual: return Op::kLessEqual;
    default: return op;
  }
}

}  // namespace obs::lang
