// Prefilters: what a line must contain, as bytes, for a condition to hold.

#pragma once

#include <optional>
#include <string>

#include "libobs/lang/ast.h"

namespace obs::lang {

// The longest such text, of at least two bytes; an escape in the line may stand for a part of it.
// nullopt when nothing can be said: the condition might hold without any certain text.
std::optional<std::string> find_needle(const Expr& condition);

}  // namespace obs::lang
