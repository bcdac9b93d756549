#include "libobs/lang/parse_expr.h"

#include <array>

#include <fmt/format.h>

#include "libobs/base/regex.h"
#include "libobs/base/text.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/function_text.h"
#include "libobs/lang/functions.h"
#include "libobs/lang/literal.h"
#include "libobs/lang/parse_habits.h"

namespace obs::lang {
namespace {

ExprPtr make(Extent where, decltype(Expr::node) node) {
  return std::make_unique<Expr>(Expr{where, std::move(node)});
}

ExprPtr make_operation(Op op, ExprPtr left, ExprPtr right) {
  const Extent where{left->where.begin, right->where.end};
  Operation operation{op, {}};
  operation.operands.push_back(std::move(left));
  operation.operands.push_back(std::move(right));
  return make(where, std::move(operation));
}

struct NamedOp {
  std::string_view text;
  Op op;
};

constexpr std::array kComparisons = {
    NamedOp{"==", Op::kEqual},
    NamedOp{"!=", Op::kNotEqual},
    NamedOp{"<", Op::kLess},
    NamedOp{"<=", Op::kLessEqual},
    NamedOp{">", Op::kGreater},
    NamedOp{">=", Op::kGreaterEqual},
    NamedOp{"=~", Op::kMatch},
    NamedOp{"!~", Op::kNotMatch},
    NamedOp{"has", Op::kHas},
    NamedOp{"contains", Op::kContains},
    NamedOp{"startswith", Op::kStartsWith},
    NamedOp{"endswith", Op::kEndsWith},
};
constexpr std::array kSums = {NamedOp{"+", Op::kAdd}, NamedOp{"-", Op::kSubtract}};
constexpr std::array kProducts = {NamedOp{"*", Op::kMultiply}, NamedOp{"/", Op::kDivide},
                                  NamedOp{"%", Op::kModulo}};

std::string_view field_name(const Expr& expr) {
  const auto* field = std::get_if<FieldRef>(&expr.node);
  return field != nullptr && field->root == FieldRef::Root::kAny ? field->name : std::string_view();
}

const Literal* string_literal(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && literal->kind == LiteralKind::kString ? literal : nullptr;
}

class ExprParser {
 public:
  ExprParser(TokenStream& tokens, const Bindings& bindings)
      : tokens_(tokens), bindings_(bindings) {}

  Parsed<ExprPtr> parse_or() {
    if (++depth_ > kMaxExprDepth) {
      return fail(Diagnostic{tokens_.peek().where, "expressions nest no deeper than 200"});
    }
    OBS_TRY(ExprPtr left, parse_and());
    while (tokens_.accept_word("or")) {
      OBS_TRY(ExprPtr right, parse_and());
      left = make_operation(Op::kOr, std::move(left), std::move(right));
    }
    --depth_;
    return left;
  }

 private:
  Parsed<ExprPtr> parse_and() {
    OBS_TRY(ExprPtr left, parse_not());
    while (tokens_.accept_word("and")) {
      OBS_TRY(ExprPtr right, parse_not());
      left = make_operation(Op::kAnd, std::move(left), std::move(right));
    }
    return left;
  }

  Parsed<ExprPtr> parse_not() {
    if (!tokens_.at_word("not")) return parse_comparison();
    return parse_prefix(Op::kNot, &ExprParser::parse_not);
  }

  Parsed<ExprPtr> parse_prefix(Op op, Parsed<ExprPtr> (ExprParser::*operand_parser)()) {
    const std::size_t begin = tokens_.take().where.begin;
    if (++depth_ > kMaxExprDepth) {
      return fail(Diagnostic{tokens_.peek().where, "expressions nest no deeper than 200"});
    }
    OBS_TRY(ExprPtr operand, (this->*operand_parser)());
    --depth_;
    const Extent where{begin, operand->where.end};
    Operation operation{op, {}};
    operation.operands.push_back(std::move(operand));
    return make(where, std::move(operation));
  }

  Parsed<ExprPtr> parse_comparison() {
    OBS_TRY(ExprPtr left, parse_sum());
    if (tokens_.at_word("in") || (tokens_.at_word("not") && tokens_.peek(1).text == "in")) {
      return parse_in(std::move(left));
    }
    if (tokens_.at_symbol("=")) {
      return fail(Diagnostic{tokens_.peek().where, "`=` sets; to compare, write `==`"});
    }
    const NamedOp* op = find(kComparisons);
    if (op == nullptr) return left;
    tokens_.take();
    if (op->op == Op::kEqual && tokens_.at_symbol("=")) return spelled("===", "==");
    if (op->op == Op::kLess && tokens_.at_symbol(">")) return spelled("<>", "!=");
    OBS_TRY(ExprPtr right, parse_member(*left));
    // The bare word may stand on either side: `error <= severity`.
    OBS_TRY_VOID(resolve_word(*left, *right));
    OBS_TRY_VOID(check_pattern(op->op, *right));
    return make_operation(op->op, std::move(left), std::move(right));
  }

  // Two symbols that other languages read as one.
  Failure<Diagnostic> spelled(std::string_view wrong, std::string_view right) const {
    return fail(Diagnostic{{tokens_.last_end() - wrong.size() + 1, tokens_.peek().where.end},
                           fmt::format("there is no `{}`; write `{}`", wrong, right)});
  }

  Parsed<ExprPtr> parse_in(ExprPtr needle) {
    const Op op = tokens_.accept_word("not") ? Op::kNotIn : Op::kIn;
    tokens_.take();
    if (!tokens_.accept_symbol("(")) {
      return tokens_.expected("`(` after `in`",
                              "; an item of an array is asked for with `has`: F has \"word\"");
    }
    Operation operation{op, {}};
    const Expr& subject = *needle;
    operation.operands.push_back(std::move(needle));
    do {
      OBS_TRY(ExprPtr member, parse_member(subject));
      operation.operands.push_back(std::move(member));
    } while (tokens_.accept_symbol(","));
    OBS_TRY(const Token close, tokens_.expect_symbol(")", "the last value"));
    return make({subject.where.begin, close.where.end}, std::move(operation));
  }

  // An operand beside `subject`, which decides what a bare word means.
  Parsed<ExprPtr> parse_member(const Expr& subject) {
    OBS_TRY(ExprPtr member, parse_sum());
    OBS_TRY_VOID(resolve_word(*member, subject));
    return member;
  }

  // Turns `expr` into a word literal if it is a bare word beside severity, kind or status.
  Parsed<bool> resolve_word(Expr& expr, const Expr& beside) {
    const bool is_word_or_text = !field_name(expr).empty() || string_literal(expr) != nullptr;
    if (!is_word_or_text || !takes_words(field_name(beside))) return false;
    const Literal* text = string_literal(expr);
    const std::string word = text != nullptr ? text->text : std::string(field_name(expr));
    auto literal = word_literal(field_name(beside), word);
    if (!literal && text == nullptr) {
      return fail(Diagnostic{expr.where, literal.error()});
    }
    if (literal) expr.node = std::move(*literal);
    return true;
  }

  Parsed<bool> check_pattern(Op op, const Expr& right) {
    if (op != Op::kMatch && op != Op::kNotMatch) return true;
    const Literal* pattern = string_literal(right);
    if (pattern == nullptr) {
      return fail(Diagnostic{right.where, "a regular expression must be a string"});
    }
    auto compiled = Regex::compile(pattern->text);
    if (!compiled)
      return fail(Diagnostic{right.where, compiled.error().message + regex_habit(pattern->text)});
    return true;
  }

  Parsed<ExprPtr> parse_sum() { return parse_chain(kSums, &ExprParser::parse_product); }
  Parsed<ExprPtr> parse_product() { return parse_chain(kProducts, &ExprParser::parse_unary); }

  Parsed<ExprPtr> parse_chain(std::span<const NamedOp> ops,
                              Parsed<ExprPtr> (ExprParser::*operand)()) {
    OBS_TRY(ExprPtr left, (this->*operand)());
    for (const NamedOp* op = find(ops); op != nullptr; op = find(ops)) {
      tokens_.take();
      OBS_TRY(ExprPtr right, (this->*operand)());
      left = make_operation(op->op, std::move(left), std::move(right));
    }
    return left;
  }

  Parsed<ExprPtr> parse_unary() {
    if (tokens_.at_symbol("-")) return parse_prefix(Op::kNegate, &ExprParser::parse_unary);
    if (tokens_.at_word("exists")) return parse_exists();
    return parse_primary();
  }

  Parsed<ExprPtr> parse_exists() {
    const std::size_t begin = tokens_.take().where.begin;
    const bool has_parenthesis = tokens_.accept_symbol("(");
    const Extent where = tokens_.peek().where;
    OBS_TRY(FieldRef field, parse_field(tokens_, "a field after `exists`"));
    if (has_parenthesis) OBS_TRY_VOID(tokens_.expect_symbol(")", "the field"));
    Operation operation{Op::kExists, {}};
    operation.operands.push_back(make(where, std::move(field)));
    return make({begin, tokens_.last_end()}, std::move(operation));
  }

  Parsed<ExprPtr> parse_primary() {
    const Token& token = tokens_.peek();
    switch (token.kind) {
      case TokenKind::kString:
      case TokenKind::kNumber: return parse_literal();
      case TokenKind::kName: return parse_name();
      case TokenKind::kSymbol:
        if (token.text == "(") return parse_parentheses();
        break;
      case TokenKind::kEnd: break;
    }
    return tokens_.expected("a value");
  }

  Parsed<ExprPtr> parse_literal() {
    const Token token = tokens_.take();
    auto literal = to_literal(token);
    if (!literal) return fail(Diagnostic{token.where, literal.error()});
    return make(token.where, std::move(*literal));
  }

  Parsed<ExprPtr> parse_parentheses() {
    tokens_.take();
    OBS_TRY(ExprPtr inner, parse_or());
    OBS_TRY_VOID(tokens_.expect_symbol(")", "the expression"));
    return inner;
  }

  Parsed<ExprPtr> parse_name() {
    if (!tokens_.peek().quoted && tokens_.peek(1).kind == TokenKind::kSymbol &&
        tokens_.peek(1).text == "(") {
      return parse_call();
    }
    const Token token = tokens_.take();
    if (!token.quoted) {
      if (auto literal = keyword_literal(token.text)) return make(token.where, std::move(*literal));
      if (auto bound = bindings_.find(token.text); bound != bindings_.end()) {
        return expand(bound->second);
      }
      if (const auto habit = value_habit(token.text); !habit.empty()) {
        return fail(
            Diagnostic{token.where, fmt::format("there is no value \"{}\"{}", token.text, habit)});
      }
    }
    return make(token.where, resolve_name(token.text, token.quoted));
  }

  // A `let` name stands for its expression, in which earlier names were replaced already: no name
  // is looked up again, so this ends.
  Parsed<ExprPtr> expand(const std::vector<Token>& bound) const {
    static const Bindings kNone;
    TokenStream inner(bound);
    ExprParser parser(inner, kNone);
    parser.depth_ = depth_;
    return parser.parse_or();
  }

  Parsed<ExprPtr> parse_call() {
    const Token name = tokens_.take();
    tokens_.take();
    const FunctionInfo* function = find_function(name.text);
    if (function == nullptr) return fail(Diagnostic{name.where, unknown_function(name.text)});
    Call call{function->function, {}};
    while (!tokens_.at_symbol(")")) {
      OBS_TRY(ExprPtr argument, parse_or());
      call.arguments.push_back(std::move(argument));
      if (!tokens_.accept_symbol(",")) break;
    }
    OBS_TRY(const Token close, tokens_.expect_symbol(")", "the arguments"));
    const Extent where{name.where.begin, close.where.end};
    if (call.arguments.size() < function->min_arguments ||
        call.arguments.size() > function->max_arguments) {
      return fail(
          Diagnostic{where, fmt::format("{} is called as {}", name.text, function->signature)});
    }
    OBS_TRY_VOID(check_constants(call));
    return make(where, std::move(call));
  }

  // A constant that no record could make right is wrong before the first of them.
  static Parsed<bool> check_constants(const Call& call) {
    const bool has_regex =
        call.function == Function::kExtract || call.function == Function::kReplaceRegex;
    for (std::size_t i = 1; i < call.arguments.size(); ++i) {
      const Expr& argument = *call.arguments[i];
      const Literal* text = string_literal(argument);
      if (text == nullptr) continue;
      if (call.function == Function::kCidrMatch && !is_network(text->text)) {
        return fail(
            Diagnostic{argument.where, fmt::format("\"{}\" is no network such as 10.0.0.0/8 or "
                                                   "2001:db8::/32",
                                                   text->text)});
      }
      if (!has_regex || i != 1) continue;
      const auto compiled = Regex::compile(text->text);
      if (!compiled)
        return fail(Diagnostic{argument.where, compiled.error().message + regex_habit(text->text)});
    }
    return true;
  }

  static std::string unknown_function(std::string_view name) {
    std::vector<std::string_view> known;
    for (const FunctionInfo& candidate : functions()) known.push_back(candidate.name);
    const std::string habit = function_habit(name);
    return fmt::format("there is no function \"{}\"{}", name,
                       habit.empty() ? suggestion(name, known) : habit);
  }

  const NamedOp* find(std::span<const NamedOp> ops) const {
    for (const NamedOp& op : ops) {
      if (tokens_.at_symbol(op.text) || tokens_.at_word(op.text)) return &op;
    }
    return nullptr;
  }

  TokenStream& tokens_;
  const Bindings& bindings_;
  int depth_ = 0;
};

}  // namespace

Parsed<ExprPtr> parse_expr(TokenStream& tokens, const Bindings& bindings) {
  return ExprParser(tokens, bindings).parse_or();
}

std::string name_as_written(const Token& token) {
  if (token.quoted) return token.text;
  for (const std::string_view root : {"attributes.", "resource."}) {
    if (token.text.starts_with(root)) return token.text.substr(root.size());
  }
  return token.text;
}

Parsed<FieldRef> parse_field(TokenStream& tokens, std::string_view what) {
  if (tokens.peek().kind != TokenKind::kName) return tokens.expected(what);
  const Token token = tokens.take();
  return resolve_name(token.text, token.quoted);
}

Parsed<std::vector<FieldRef>> parse_fields(TokenStream& tokens, std::string_view what) {
  std::vector<FieldRef> fields;
  do {
    OBS_TRY(FieldRef field, parse_field(tokens, what));
    fields.push_back(std::move(field));
  } while (tokens.accept_symbol(","));
  return fields;
}

}  // namespace obs::lang
