// Stages: the word that names one, then its parameters. One function a stage, in the order of the
// manual.

#pragma once

#include <span>
#include <string_view>

#include "libobs/lang/parse_expr.h"

namespace obs::lang {

// The words that begin a stage, for suggestions and the manual.
std::span<const std::string_view> stage_names();

Parsed<Stage> parse_stage(TokenStream& tokens, const Bindings& bindings);

// stats has a file of its own: parse_stats.cc.
Parsed<StatsStage> parse_stats(TokenStream& tokens, const Bindings& bindings);

// "{service}: {body}": text and the expressions in braces; `{{` is a brace. `where` is the extent
// of the string token.
Parsed<FormatStage> parse_format_template(std::string_view text, Extent where,
                                          const Bindings& bindings);

}  // namespace obs::lang
