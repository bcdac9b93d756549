// The template of `format`: "{service}: {body}".

#include "libobs/lang/parse_stage.h"

namespace obs::lang {
namespace {

Parsed<ExprPtr> parse_braces(std::string_view inside, Extent where, const Bindings& bindings) {
  auto tokens = tokenize(inside);
  // Positions in the braces mean nothing outside them: point at the whole template.
  if (!tokens) return fail(Diagnostic{where, tokens.error().message});
  TokenStream stream(std::move(*tokens));
  auto value = parse_expr(stream, bindings);
  if (!value) return fail(Diagnostic{where, value.error().message});
  if (!stream.at_end()) return fail(Diagnostic{where, stream.expected("`}`").error.message});
  return value;
}

}  // namespace

Parsed<FormatStage> parse_format_template(std::string_view text, Extent where,
                                          const Bindings& bindings) {
  FormatStage stage;
  std::string literal;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_doubled = at + 1 < text.size() && text[at + 1] == c;
    if (c != '{' || is_doubled) {
      if ((c == '{' || c == '}') && is_doubled) ++at;
      literal += c;
      continue;
    }
    const std::size_t close = text.find('}', at);
    if (close == std::string_view::npos) {
      return fail(
          Diagnostic{where, "a `{` in the template is never closed; write `{{` for a brace"});
    }
    if (!literal.empty()) stage.pieces.push_back({std::exchange(literal, {}), nullptr});
    OBS_TRY(ExprPtr value, parse_braces(text.substr(at + 1, close - at - 1), where, bindings));
    stage.pieces.push_back({{}, std::move(value)});
    at = close;
  }
  if (!literal.empty()) stage.pieces.push_back({std::move(literal), nullptr});
  return stage;
}

}  // namespace obs::lang
