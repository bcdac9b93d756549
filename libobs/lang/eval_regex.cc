#include "libobs/lang/eval_regex.h"

#include <optional>

#include "libobs/base/regex.h"
#include "libobs/lang/function_text.h"
#include "libobs/lang/functions.h"

namespace obs::lang {
namespace {

// extract() and replace_regex(): the pattern is compiled once when it is a literal.
class WithRegex final : public Expression {
 public:
  WithRegex(bool replaces, std::vector<ExpressionPtr> arguments, std::optional<Regex> regex,
            bool anchored)
      : replaces_(replaces),
        arguments_(std::move(arguments)),
        regex_(std::move(regex)),
        anchored_(anchored) {}

  Value eval(Env& env) const override {
    const Value text = arguments_[0]->eval(env);
    if (is_absent(text)) return {};
    if (regex_) return apply(*regex_, text, env);
    const auto regex = Regex::compile(to_text(arguments_[1]->eval(env), env.scratch()));
    return regex ? apply(*regex, text, env) : env.fail("no regular expression");
  }

 private:
  Value apply(const Regex& regex, const Value& subject, Env& env) const {
    const std::string_view text = to_text(subject, env.scratch());
    const Value third = arguments_.size() > 2 ? arguments_[2]->eval(env) : Value();
    if (replaces_) {
      return Value::string(env.scratch().keep(
          replace_matches(regex, text, to_text(third, env.scratch()), anchored_)));
    }
    const auto groups = regex.match(text);
    if (groups.empty()) return {};
    const auto wanted = to_double(third);
    const double index = wanted ? *wanted : groups.size() > 1 ? 1 : 0;
    if (!(index >= 0 && index < static_cast<double>(groups.size()))) return {};
    const std::string_view group = groups[static_cast<std::size_t>(index)];
    return group.data() == nullptr ? Value() : Value::string(group);
  }

  bool replaces_;
  std::vector<ExpressionPtr> arguments_;
  std::optional<Regex> regex_;
  bool anchored_;  // Matches at the beginning of the text or not at all.
};

bool is_anchored(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && (literal->text.starts_with('^') || literal->text.starts_with("\\A"));
}

std::optional<Regex> literal_regex(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  if (literal == nullptr || literal->kind != LiteralKind::kString) return std::nullopt;
  auto regex = Regex::compile(literal->text);
  if (!regex) return std::nullopt;
  return std::move(*regex);
}

}  // namespace

ExpressionPtr make_regex_function(const Call& call, std::vector<ExpressionPtr> arguments) {
  const Expr& pattern = *call.arguments[1];
  return std::make_unique<WithRegex>(call.function == Function::kReplaceRegex, std::move(arguments),
                                     literal_regex(pattern), is_anchored(pattern));
}

}  // namespace obs::lang
