#include "libobs/lang/parser.h"

#include <fmt/format.h>

#include "libobs/lang/parse_end.h"
#include "libobs/lang/parse_stage.h"
#include "libobs/lang/tail_policies.h"

namespace obs::lang {
namespace {

// `let` names stand for their tokens, so that a chain of them could double each time.
constexpr std::size_t kMaxBindingTokens = 10'000;

void append_replaced(std::vector<Token>& out, const Token& token, const Bindings& bindings) {
  const auto bound =
      token.kind == TokenKind::kName && !token.quoted ? bindings.find(token.text) : bindings.end();
  if (bound == bindings.end()) {
    out.push_back(token);
    return;
  }
  out.push_back({TokenKind::kSymbol, "(", {}, false, token.where});
  out.insert(out.end(), bound->second.begin(), bound->second.end() - 1);
  out.push_back({TokenKind::kSymbol, ")", {}, false, token.where});
}

Parsed<bool> parse_let(TokenStream& tokens, Bindings& bindings) {
  tokens.take();
  if (tokens.peek().kind != TokenKind::kName) return tokens.expected("a name after `let`");
  const Token name = tokens.take();
  OBS_TRY_VOID(tokens.expect_symbol("=", "the name"));
  std::vector<Token> body;
  while (!tokens.at_symbol(";") && !tokens.at_end()) {
    append_replaced(body, tokens.take(), bindings);
    if (body.size() > kMaxBindingTokens) {
      return fail(
          Diagnostic{name.where, fmt::format("\"{}\" is longer than 10,000 words", name.text)});
    }
  }
  const std::size_t end = tokens.last_end();
  OBS_TRY_VOID(tokens.expect_symbol(";", "a `let`"));
  body.push_back({.where = {end, end}});
  TokenStream alone(body);
  OBS_TRY_VOID(parse_expr(alone, {}));
  if (!alone.at_end()) return alone.expected("`;`");
  bindings.insert_or_assign(name.text, std::move(body));
  return true;
}

std::optional<model::Signal> parse_table(TokenStream& tokens) {
  for (model::Signal signal : model::kSignals) {
    const bool is_alone = tokens.peek(1).kind == TokenKind::kEnd || tokens.peek(1).text == "|";
    if (is_alone && tokens.accept_word(model::to_string(signal))) {
      tokens.accept_symbol("|");
      return signal;
    }
  }
  return std::nullopt;
}

Result<TokenStream, Diagnostic> open(std::string_view text) {
  if (text.size() > kMaxProgramBytes) {
    return fail(Diagnostic{{kMaxProgramBytes, kMaxProgramBytes}, "a program is at most 256 KiB"});
  }
  OBS_TRY(auto tokens, tokenize(text));
  return TokenStream(std::move(tokens));
}

// What a record that is kept says of why.
void name_policies(TailSampleStage& stage, std::string_view text) {
  for (const TailPolicy& policy : tail_policies(stage)) {
    std::string& name = stage.policies.emplace_back();
    for (const Expr* condition : policy.conditions) {
      const auto& [begin, end] = condition->where;
      name.append(name.empty() ? "" : " with ").append(text.substr(begin, end - begin));
    }
  }
}

}  // namespace

Result<Program, Diagnostic> parse(std::string_view text) {
  OBS_TRY(TokenStream tokens, open(text));
  Bindings bindings;
  while (tokens.at_word("let")) OBS_TRY_VOID(parse_let(tokens, bindings));
  Program program{std::string(text), parse_table(tokens), {}};
  if (program.table && tokens.at_end()) return program;
  do {
    OBS_TRY(Stage stage, parse_stage(tokens, bindings));
    if (auto* tail = std::get_if<TailSampleStage>(&stage.node)) name_policies(*tail, text);
    program.stages.push_back(std::move(stage));
  } while (tokens.accept_symbol("|"));
  if (tokens.at_end()) return program;
  return tokens.expected("`|` and the next stage",
                         stage_end_habit(program.stages.back(), tokens.peek()));
}

Result<ExprPtr, Diagnostic> parse_condition(std::string_view text) {
  OBS_TRY(TokenStream tokens, open(text));
  OBS_TRY(ExprPtr condition, parse_expr(tokens, {}));
  if (!tokens.at_end()) return tokens.expected("the end of the condition");
  return condition;
}

}  // namespace obs::lang
