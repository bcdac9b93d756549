// Programs: from text to a checked tree.
//
//   program := ("let" name "=" expr ";")* [("logs" | "spans" | "metrics") "|"] stage ("|" stage)*
//
// A program that parses is well-formed: names of functions, stages, detectors and parameters are
// known, regular expressions compile, patterns have fields. What depends on data (a field that
// never occurs) is not an error.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/diagnostic.h"

namespace obs::lang {

// Longer programs are refused: nobody writes one.
inline constexpr std::size_t kMaxProgramBytes = std::size_t{256} << 10;

Result<Program, Diagnostic> parse(std::string_view program);

// One expression alone, as obs-query --where takes it.
Result<ExprPtr, Diagnostic> parse_condition(std::string_view text);

}  // namespace obs::lang
