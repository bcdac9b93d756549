// The operations that come to true or false, each with a fast path where the operands allow one.

#include <cstring>

#include "libobs/base/regex.h"
#include "libobs/base/text.h"
#include "libobs/base/tokens.h"
#include "libobs/lang/expression.h"
#include "libobs/lang/fields.h"

namespace obs::lang {
namespace {

class Condition : public Expression {
 public:
  Value eval(Env& env) const final { return Value::boolean(test(env)); }
};

class All final : public Condition {
 public:
  explicit All(std::vector<ExpressionPtr> parts) : parts_(std::move(parts)) {}
  bool test(Env& env) const override {
    for (const auto& part : parts_) {
      if (!part->test(env)) return false;
    }
    return true;
  }

 private:
  std::vector<ExpressionPtr> parts_;
};

class Any final : public Condition {
 public:
  explicit Any(std::vector<ExpressionPtr> parts) : parts_(std::move(parts)) {}
  bool test(Env& env) const override {
    for (const auto& part : parts_) {
      if (part->test(env)) return true;
    }
    return false;
  }

 private:
  std::vector<ExpressionPtr> parts_;
};

class Not final : public Condition {
 public:
  explicit Not(ExpressionPtr inner) : inner_(std::move(inner)) {}
  bool test(Env& env) const override { return !inner_->test(env); }

 private:
  ExpressionPtr inner_;
};

class Exists final : public Condition {
 public:
  explicit Exists(std::size_t field) : field_(field) {}
  bool test(Env& env) const override { return !env.record.get(field_).is_missing(); }

 private:
  std::size_t field_;
};

// nullopt: not comparable, so that only != holds.
bool holds(Op op, const std::optional<std::partial_ordering>& ordering) {
  if (!ordering) return op == Op::kNotEqual;
  switch (op) {
    case Op::kEqual: return *ordering == 0;
    case Op::kNotEqual: return *ordering != 0;
    case Op::kLess: return *ordering < 0;
    case Op::kLessEqual: return *ordering <= 0;
    case Op::kGreater: return *ordering > 0;
    default: return *ordering >= 0;
  }
}

class Compare final : public Condition {
 public:
  Compare(Op op, ExpressionPtr left, ExpressionPtr right)
      : op_(op), left_(std::move(left)), right_(std::move(right)) {}
  bool test(Env& env) const override {
    const Value left = left_->eval(env);
    return holds(op_, compare(left, right_->eval(env)));
  }

 private:
  Op op_;
  ExpressionPtr left_;
  ExpressionPtr right_;
};

// field == "text", where the text reads as nothing else: bytes against bytes of the line.
class FieldIsText final : public Condition {
 public:
  FieldIsText(std::size_t field, std::string text, bool wanted)
      : field_(field), text_(std::move(text)), wanted_(wanted) {}
  bool test(Env& env) const override {
    const Raw& raw = env.record.raw(field_);
    if (raw.kind == RawKind::kString && !raw.escaped) return (raw.text() == text_) == wanted_;
    return equals(env.record.get(field_), Value::string(text_)) == wanted_;
  }

 private:
  std::size_t field_;
  std::string text_;
  bool wanted_;
};

// severity against a word: by the six ranges of severity numbers.
class CompareSeverity final : public Condition {
 public:
  CompareSeverity(Op op, std::size_t number_field, std::int64_t number)
      : op_(op), field_(number_field), range_((number - 1) / 4) {}
  bool test(Env& env) const override {
    const Value number = env.record.get(field_);
    const bool known = number.kind() == ValueKind::kInt && number.as_int() > 0;
    if (!known) return op_ == Op::kNotEqual;
    return holds(op_, (number.as_int() - 1) / 4 <=> range_);
  }

 private:
  Op op_;
  std::size_t field_;
  std::int64_t range_;
};

class Matches final : public Condition {
 public:
  Matches(ExpressionPtr subject, Regex regex, bool wanted)
      : subject_(std::move(subject)), regex_(std::move(regex)), wanted_(wanted) {}
  bool test(Env& env) const override {
    const Value subject = subject_->eval(env);
    if (is_absent(subject)) return !wanted_;
    return regex_.search(to_text(subject, env.scratch())) == wanted_;
  }

 private:
  ExpressionPtr subject_;
  Regex regex_;
  bool wanted_;
};

// has "a phrase": the words are folded once.
class HasPhrase final : public Condition {
 public:
  HasPhrase(ExpressionPtr subject, std::string_view phrase)
      : subject_(std::move(subject)), phrase_(phrase) {}
  bool test(Env& env) const override {
    const Value text = subject_->eval(env);
    if (is_absent(text)) return false;
    thread_local std::string folded;
    return phrase_.is_in(to_text(text, env.scratch()), folded);
  }

 private:
  ExpressionPtr subject_;
  Phrase phrase_;
};

using TextTest = bool (*)(std::string_view text, std::string_view part);

class TestText final : public Condition {
 public:
  TestText(TextTest text_test, ExpressionPtr left, ExpressionPtr right)
      : test_(text_test), left_(std::move(left)), right_(std::move(right)) {}
  bool test(Env& env) const override {
    const Value text = left_->eval(env);
    const Value part = right_->eval(env);
    if (is_absent(text) || is_absent(part)) return false;
    return test_(to_text(text, env.scratch()), to_text(part, env.scratch()));
  }

 private:
  TextTest test_;
  ExpressionPtr left_;
  ExpressionPtr right_;
};

TextTest test_of(Op op) {
  switch (op) {
    case Op::kHas:
      return [](std::string_view text, std::string_view part) { return Phrase(part).is_in(text); };
    case Op::kContains: return contains;
    case Op::kStartsWith:
      return [](std::string_view text, std::string_view part) { return text.starts_with(part); };
    default:
      return [](std::string_view text, std::string_view part) { return text.ends_with(part); };
  }
}

const Literal* literal_of(const Expr& expr, LiteralKind kind) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && literal->kind == kind ? literal : nullptr;
}

bool is_severity(const Expr& expr) {
  const auto* field = std::get_if<FieldRef>(&expr.node);
  return field != nullptr && field->root == FieldRef::Root::kAny && field->name == "severity";
}

ExpressionPtr compile_severity(Op op, std::int64_t number, ExpressionContext& context) {
  const std::size_t field = context.fields.add({FieldRef::Root::kAny, "severity_number"});
  return std::make_unique<CompareSeverity>(op, field, number);
}

ExpressionPtr compile_compare(Op op, const Expr& left, const Expr& right,
                              ExpressionContext& context) {
  if (is_severity(left)) {
    if (const auto* word = literal_of(right, LiteralKind::kSeverity)) {
      return compile_severity(op, word->integer, context);
    }
  }
  if (is_severity(right) && literal_of(left, LiteralKind::kSeverity) != nullptr) {
    return compile_compare(mirrored(op), right, left, context);
  }
  if (is_time(left) || is_time(right)) {
    return std::make_unique<Compare>(op, compile_time(left, context), compile_time(right, context));
  }
  const auto* field = std::get_if<FieldRef>(&left.node);
  const auto* text = literal_of(right, LiteralKind::kString);
  const bool is_equality = op == Op::kEqual || op == Op::kNotEqual;
  if (is_equality && field != nullptr && text != nullptr) {
    return std::make_unique<FieldIsText>(context.fields.add(*field), text->text, op == Op::kEqual);
  }
  return std::make_unique<Compare>(op, compile_expression(left, context),
                                   compile_expression(right, context));
}

ExpressionPtr compile_match(const Operation& operation, ExpressionContext& context) {
  const auto* pattern = literal_of(*operation.operands[1], LiteralKind::kString);
  // The parser has compiled it before.
  auto regex = Regex::compile(pattern->text);
  return std::make_unique<Matches>(compile_expression(*operation.operands[0], context),
                                   std::move(*regex), operation.op == Op::kMatch);
}

ExpressionPtr compile_in(const Operation& operation, ExpressionContext& context) {
  std::vector<ExpressionPtr> members;
  for (std::size_t i = 1; i < operation.operands.size(); ++i) {
    members.push_back(
        compile_compare(Op::kEqual, *operation.operands[0], *operation.operands[i], context));
  }
  ExpressionPtr any = std::make_unique<Any>(std::move(members));
  if (operation.op == Op::kIn) return any;
  return std::make_unique<Not>(std::move(any));
}

// The operands of a chain of `and` or `or`, flattened: chains nest to the left, as deep as long.
std::vector<ExpressionPtr> compile_chain(const Expr& expr, Op op, ExpressionContext& context) {
  std::vector<const Expr*> reversed;
  const Expr* at = &expr;
  for (;;) {
    const auto* operation = std::get_if<Operation>(&at->node);
    if (operation == nullptr || operation->op != op) break;
    reversed.push_back(operation->operands[1].get());
    at = operation->operands[0].get();
  }
  reversed.push_back(at);
  std::vector<ExpressionPtr> parts;
  for (auto it = reversed.rbegin(); it != reversed.rend(); ++it) {
    parts.push_back(compile_expression(**it, context));
  }
  return parts;
}

ExpressionPtr compile_text_test(const Operation& operation, ExpressionContext& context) {
  auto subject = compile_expression(*operation.operands[0], context);
  const auto* part = literal_of(*operation.operands[1], LiteralKind::kString);
  if (operation.op == Op::kHas && part != nullptr) {
    return std::make_unique<HasPhrase>(std::move(subject), part->text);
  }
  return std::make_unique<TestText>(test_of(operation.op), std::move(subject),
                                    compile_expression(*operation.operands[1], context));
}

}  // namespace

bool contains(std::string_view text, std::string_view part) {
  return part.empty() || ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

ExpressionPtr compile_condition(const Expr& expr, const Operation& operation,
                                ExpressionContext& context) {
  switch (operation.op) {
    case Op::kAnd: return std::make_unique<All>(compile_chain(expr, Op::kAnd, context));
    case Op::kOr: return std::make_unique<Any>(compile_chain(expr, Op::kOr, context));
    case Op::kNot:
      return std::make_unique<Not>(compile_expression(*operation.operands[0], context));
    case Op::kExists:
      return std::make_unique<Exists>(
          context.fields.add(std::get<FieldRef>(operation.operands[0]->node)));
    case Op::kMatch:
    case Op::kNotMatch: return compile_match(operation, context);
    case Op::kIn:
    case Op::kNotIn: return compile_in(operation, context);
    case Op::kHas:
    case Op::kContains:
    case Op::kStartsWith:
    case Op::kEndsWith: return compile_text_test(operation, context);
    default:
      return compile_compare(operation.op, *operation.operands[0], *operation.operands[1], context);
  }
}

}  // namespace obs::lang
