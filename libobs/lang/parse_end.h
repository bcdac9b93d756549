// A token that stands where a stage was over: what its writer may have meant.

#pragma once

#include <string>

#include "libobs/lang/ast.h"
#include "libobs/lang/lexer.h"

namespace obs::lang {

// "; write a comma between fields" and the like; empty when nothing is known.
std::string stage_end_habit(const Stage& stage, const Token& next);

}  // namespace obs::lang
