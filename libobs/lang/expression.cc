#include "libobs/lang/expression.h"

#include <cmath>

#include "libobs/lang/functions.h"

namespace obs::lang {
namespace {

class Constant final : public Expression {
 public:
  explicit Constant(const Literal& literal) : text_(literal.text) {
    switch (literal.kind) {
      case LiteralKind::kNull: value_ = Value::null(); break;
      case LiteralKind::kBool: value_ = Value::boolean(literal.integer != 0); break;
      case LiteralKind::kDouble: value_ = Value::number(literal.number); break;
      case LiteralKind::kString:
      case LiteralKind::kSeverity: value_ = Value::string(text_); break;
      case LiteralKind::kDuration: value_ = Value::duration(literal.integer); break;
      case LiteralKind::kInt:
      case LiteralKind::kSize: value_ = Value::integer(literal.integer); break;
    }
  }
  Value eval(Env&) const override { return value_; }

 private:
  std::string text_;
  Value value_;
};

class Field final : public Expression {
 public:
  explicit Field(std::size_t field) : field_(field) {}
  Value eval(Env& env) const override { return env.record.get(field_); }

 private:
  std::size_t field_;
};

// A time as text, a number, or a distance from now.
class ToTime final : public Expression {
 public:
  ToTime(ExpressionPtr inner, Timestamp now) : inner_(std::move(inner)), now_(now) {}
  Value eval(Env& env) const override {
    const Value value = inner_->eval(env);
    if (value.kind() == ValueKind::kDuration) return Value::time(now_ + value.as_int());
    const auto time = to_time(value);
    return time ? Value::time(*time) : Value();
  }

 private:
  ExpressionPtr inner_;
  Timestamp now_;
};

class Negate final : public Expression {
 public:
  explicit Negate(ExpressionPtr inner) : inner_(std::move(inner)) {}
  Value eval(Env& env) const override {
    const Value value = inner_->eval(env);
    switch (value.kind()) {
      case ValueKind::kMissing:
      case ValueKind::kNull: return {};
      case ValueKind::kDuration: return Value::duration(-value.as_int());
      case ValueKind::kInt:
        return value.as_int() == INT64_MIN ? Value::number(0x1p63)
                                           : Value::integer(-value.as_int());
      default: {
        const auto number = to_double(value);
        return number ? Value::number(-*number) : env.fail("- of something that is no number");
      }
    }
  }

 private:
  ExpressionPtr inner_;
};

// Arithmetic on 64-bit integers, exact or nothing.
std::optional<std::int64_t> on_integers(Op op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  switch (op) {
    case Op::kAdd: return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kSubtract:
      return __builtin_sub_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kMultiply:
      return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kDivide:
      if (b == -1 || a % b != 0) return std::nullopt;
      return a / b;
    default: return b == -1 ? 0 : a % b;
  }
}

double on_doubles(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd: return a + b;
    case Op::kSubtract: return a - b;
    case Op::kMultiply: return a * b;
    case Op::kDivide: return a / b;
    default: return std::fmod(a, b);
  }
}

// Text that reads as a number counts as one.
Value as_number(const Value& value) {
  if (!value.is_string()) return value;
  const auto number = to_double(value);
  if (!number) return {};
  const bool whole = std::trunc(*number) == *number && std::fabs(*number) < 0x1p53;
  return whole ? Value::integer(static_cast<std::int64_t>(*number)) : Value::number(*number);
}

double as_double(const Value& value) {
  return value.kind() == ValueKind::kDouble ? value.as_double()
                                            : static_cast<double>(value.as_int());
}

class Arithmetic final : public Expression {
 public:
  Arithmetic(Op op, ExpressionPtr left, ExpressionPtr right)
      : op_(op), left_(std::move(left)), right_(std::move(right)) {}

  Value eval(Env& env) const override {
    const Value a = left_->eval(env);
    const Value b = right_->eval(env);
    if (is_absent(a) || is_absent(b)) return {};
    if (a.kind() == ValueKind::kTime || b.kind() == ValueKind::kTime) return with_time(a, b, env);
    const bool texts = op_ == Op::kAdd && a.is_string() && b.is_string();
    if (texts) return concatenate(a, b, env);
    const Value left = as_number(a);
    const Value right = as_number(b);
    if (!left.is_number() || !right.is_number()) {
      return env.fail("arithmetic on something that is no number");
    }
    const bool divides = op_ == Op::kDivide || op_ == Op::kModulo;
    if (divides && as_double(right) == 0) return env.fail("division by zero");
    return typed(compute(left, right), left, right);
  }

 private:
  Value compute(const Value& a, const Value& b) const {
    if (a.kind() != ValueKind::kDouble && b.kind() != ValueKind::kDouble) {
      if (const auto exact = on_integers(op_, a.as_int(), b.as_int()))
        return Value::integer(*exact);
    }
    return Value::computed(on_doubles(op_, as_double(a), as_double(b)));
  }

  // Durations stay durations, but for one divided by another.
  Value typed(const Value& value, const Value& a, const Value& b) const {
    const bool left = a.kind() == ValueKind::kDuration;
    const bool right = b.kind() == ValueKind::kDuration;
    const bool plain = (!left && !right) || (op_ == Op::kDivide && right);
    if (plain) return value;
    if (value.kind() == ValueKind::kInt) return Value::duration(value.as_int());
    const double number = value.as_double();
    if (!(number > -9e18 && number < 9e18)) return value;
    return Value::duration(static_cast<Duration>(number));
  }

  Value with_time(const Value& a, const Value& b, Env& env) const {
    const bool both = a.kind() == b.kind();
    const bool adds = op_ == Op::kAdd && !both;
    const bool subtracts = op_ == Op::kSubtract && a.kind() == ValueKind::kTime;
    const Value& other = a.kind() == ValueKind::kTime ? b : a;
    const bool fits = both || other.kind() == ValueKind::kDuration;
    if ((!adds && !subtracts) || !fits) return env.fail("arithmetic on a time");
    const auto exact = on_integers(op_, a.as_int(), b.as_int());
    if (!exact) return env.fail("a time beyond the year 2262");
    return both ? Value::duration(*exact) : Value::time(*exact);
  }

  static Value concatenate(const Value& a, const Value& b, Env& env) {
    const auto left = to_double(a);
    const auto right = to_double(b);
    if (left && right) return Value::number(*left + *right);
    return Value::string(env.scratch().keep(std::string(a.text()) + std::string(b.text())));
  }

  Op op_;
  ExpressionPtr left_;
  ExpressionPtr right_;
};

bool is_arithmetic(Op op) {
  return op == Op::kAdd || op == Op::kSubtract || op == Op::kMultiply || op == Op::kDivide ||
         op == Op::kModulo;
}

ExpressionPtr compile_arithmetic(const Operation& operation, ExpressionContext& context) {
  const Expr& a = *operation.operands[0];
  const Expr& b = *operation.operands[1];
  const auto one = [&](const Expr& expr) {
    return is_time(expr) ? compile_time(expr, context) : compile_expression(expr, context);
  };
  return std::make_unique<Arithmetic>(operation.op, one(a), one(b));
}

}  // namespace

bool is_time(const Expr& expr) {
  if (const auto* field = std::get_if<FieldRef>(&expr.node)) {
    return field->root == FieldRef::Root::kAny &&
           (field->name == "time" || field->name == "observed_time" || field->name == "start_time");
  }
  if (const auto* call = std::get_if<Call>(&expr.node)) {
    if (call->function == Function::kBucket) return is_time(*call->arguments[0]);
    return call->function == Function::kNow || call->function == Function::kParseTime;
  }
  if (const auto* operation = std::get_if<Operation>(&expr.node)) {
    const bool adds = operation->op == Op::kAdd || operation->op == Op::kSubtract;
    return adds && is_time(*operation->operands[0]) != is_time(*operation->operands[1]);
  }
  return false;
}

ExpressionPtr compile_time(const Expr& expr, ExpressionContext& context) {
  return std::make_unique<ToTime>(compile_expression(expr, context), context.now);
}

ExpressionPtr compile_expression(const Expr& expr, ExpressionContext& context) {
  if (const auto* literal = std::get_if<Literal>(&expr.node)) {
    return std::make_unique<Constant>(*literal);
  }
  if (const auto* field = std::get_if<FieldRef>(&expr.node)) {
    return std::make_unique<Field>(context.fields.add(*field));
  }
  if (const auto* call = std::get_if<Call>(&expr.node)) return compile_call(*call, context);
  const auto& operation = std::get<Operation>(expr.node);
  if (operation.op == Op::kNegate) {
    return std::make_unique<Negate>(compile_expression(*operation.operands[0], context));
  }
  if (is_arithmetic(operation.op)) return compile_arithmetic(operation, context);
  return compile_condition(expr, operation, context);
}

}  // namespace obs::lang
