// The functions of the library that take a regular expression.

#pragma once

#include <vector>

#include "libobs/lang/expression.h"

namespace obs::lang {

// extract() or replace_regex(), as the call says.
ExpressionPtr make_regex_function(const Call& call, std::vector<ExpressionPtr> arguments);

}  // namespace obs::lang
