// The function library: one C++ function each, over arguments that are already values.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/base/utf8.h"
#include "libobs/lang/eval_regex.h"
#include "libobs/lang/expression.h"
#include "libobs/lang/function_text.h"
#include "libobs/lang/functions.h"

namespace obs::lang {
namespace {

using Arguments = std::span<const Value>;
using Body = Value (*)(Arguments, Env&);

Value integer_or_double(double number) {
  const bool whole = number > -0x1p63 && number < 0x1p63;
  return whole ? Value::integer(static_cast<std::int64_t>(number)) : Value::number(number);
}

Value coalesce(Arguments in, Env&) {
  for (const Value& value : in) {
    if (!is_absent(value)) return value;
  }
  return {};
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kDuration: return "int";
    case ValueKind::kTime: return "string";
    case ValueKind::kJson:
      if (value.text().starts_with("{\"$bytes\"")) return "bytes";
      return value.text().starts_with('[') ? "array" : "map";
    default: return to_string(value.kind());
  }
}

Value type_of(Arguments in, Env&) { return Value::string(type_name(in[0])); }

Value to_int(Arguments in, Env&) {
  if (in[0].kind() == ValueKind::kInt) return in[0];
  if (in[0].kind() == ValueKind::kDuration || in[0].kind() == ValueKind::kBool) {
    return Value::integer(in[0].as_int());
  }
  if (in[0].is_string()) {
    if (const auto whole = parse_int(in[0].text())) return Value::integer(*whole);
  }
  const auto number = to_double(in[0]);
  const bool fits = number && *number > -0x1p63 && *number < 0x1p63;
  return fits ? Value::integer(static_cast<std::int64_t>(*number)) : Value();
}

Value to_real(Arguments in, Env&) {
  const auto number = to_double(in[0]);
  return number ? Value::number(*number) : Value();
}

Value to_string_value(Arguments in, Env& env) {
  if (in[0].is_missing()) return {};
  return Value::string(to_text(in[0], env.scratch()));
}

Value hash_of(Arguments in, Env& env) {
  if (in[0].is_missing()) return {};
  const std::string hex = fmt::format("{:016x}", hash64(to_text(in[0], env.scratch())));
  return Value::string(env.scratch().keep(hex));
}

// Functions of one text that make another.
template <std::string (*kMake)(std::string_view)>
Value text_to_text(Arguments in, Env& env) {
  if (is_absent(in[0])) return {};
  return Value::string(env.scratch().keep(kMake(to_text(in[0], env.scratch()))));
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

Value trim_of(Arguments in, Env& env) {
  return is_absent(in[0]) ? Value() : Value::string(trim(to_text(in[0], env.scratch())));
}

Value length(Arguments in, Env& env) {
  if (is_absent(in[0])) return {};
  if (in[0].kind() != ValueKind::kJson) {
    return Value::integer(count_characters(to_text(in[0], env.scratch())));
  }
  RawWalk walk(to_raw(in[0].text()));
  Raw key;
  Raw value;
  std::int64_t count = 0;
  while (walk.next(key, value)) ++count;
  return Value::integer(count);
}

Value substring(Arguments in, Env& env) {
  const auto start = to_double(in[1]);
  const auto size = in.size() > 2 ? to_double(in[2]) : std::optional<double>(0x1p62);
  if (is_absent(in[0]) || !start || !size) return {};
  return Value::string(cut_characters(to_text(in[0], env.scratch()),
                                      static_cast<std::int64_t>(*start),
                                      static_cast<std::int64_t>(*size)));
}

Value replace(Arguments in, Env& env) {
  if (is_absent(in[0])) return {};
  Scratch& scratch = env.scratch();
  return Value::string(scratch.keep(
      replace_all(to_text(in[0], scratch), to_text(in[1], scratch), to_text(in[2], scratch))));
}

Value concat(Arguments in, Env& env) {
  std::string out;
  for (const Value& value : in) append_text(out, value);
  return Value::string(env.scratch().keep(out));
}

Value split_text(Arguments in, Env& env) {
  if (is_absent(in[0]) || is_absent(in[1])) return {};
  const std::string_view text = to_text(in[0], env.scratch());
  const std::string_view separator = to_text(in[1], env.scratch());
  if (in.size() < 3) return Value::json(env.scratch().keep(split_to_json(text, separator)));
  const auto index = to_double(in[2]);
  if (!index || *index < 0) return {};
  const auto part = split_part(text, separator, static_cast<std::size_t>(*index));
  return part ? Value::string(*part) : Value();
}

// Functions of one number.
template <double (*kMake)(double)>
Value number_to_number(Arguments in, Env& env) {
  if (is_absent(in[0])) return {};
  const auto number = to_double(in[0]);
  if (!number) return env.fail("a function of numbers got something that is no number");
  return Value::computed(kMake(*number));
}

// Those that keep whole numbers whole.
template <double (*kMake)(double)>
Value round_number(Arguments in, Env& env) {
  if (in[0].kind() == ValueKind::kInt) return in[0];
  const Value out = number_to_number<kMake>(in, env);
  return out.is_missing() ? out : integer_or_double(out.as_double());
}

Value abs_of(Arguments in, Env& env) {
  const bool whole = in[0].kind() == ValueKind::kInt || in[0].kind() == ValueKind::kDuration;
  if (!whole || in[0].as_int() == INT64_MIN) return number_to_number<std::fabs>(in, env);
  const std::int64_t size = std::abs(in[0].as_int());
  return in[0].kind() == ValueKind::kInt ? Value::integer(size) : Value::duration(size);
}

// A double of that size has no digits behind the point.
constexpr double kNoFraction = 4503599627370496.0;
constexpr double kMostDigits = 308;

Value round_of(Arguments in, Env& env) {
  if (in.size() < 2) return round_number<std::round>(in, env);
  const auto digits = to_double(in[1]);
  const auto number = to_double(in[0]);
  if (!number || !digits || std::isnan(*digits)) return {};
  const double places = std::clamp(std::floor(*digits), -kMostDigits, kMostDigits);
  const bool whole = in[0].kind() == ValueKind::kInt;
  if (whole && places >= 0) return in[0];
  const double scale = std::pow(10.0, std::fabs(places));
  const double scaled = places < 0 ? *number / scale : *number * scale;
  if (!(std::fabs(scaled) < kNoFraction)) return Value::number(*number);
  const double rounded = std::round(scaled);
  const double out = places < 0 ? rounded * scale : rounded / scale;
  return whole ? integer_or_double(out) : Value::number(out);
}

Value power(Arguments in, Env& env) {
  if (is_absent(in[0]) || is_absent(in[1])) return {};
  const auto base = to_double(in[0]);
  const auto exponent = to_double(in[1]);
  if (!base || !exponent) return env.fail("a function of numbers got something that is no number");
  return Value::computed(std::pow(*base, *exponent));
}

template <int kSign>
Value extreme(Arguments in, Env&) {
  Value best;
  for (const Value& value : in) {
    if (is_absent(value)) continue;
    if (best.is_missing() || order(value, best) * kSign > 0) best = value;
  }
  return best;
}

std::int64_t floor_to(std::int64_t value, std::int64_t size) {
  const std::int64_t rest = value % size;
  return value - (rest < 0 ? rest + size : rest);
}

Value bucket(Arguments in, Env& env) {
  if (is_absent(in[0]) || is_absent(in[1])) return {};
  const bool whole = in[0].kind() != ValueKind::kDouble && !in[0].is_string() &&
                     in[1].kind() != ValueKind::kDouble && !in[1].is_string();
  if (whole && in[0].kind() != ValueKind::kJson && in[1].as_int() > 0) {
    const std::int64_t floor = floor_to(in[0].as_int(), in[1].as_int());
    if (in[0].kind() == ValueKind::kTime) return Value::time(floor);
    return in[0].kind() == ValueKind::kDuration ? Value::duration(floor) : Value::integer(floor);
  }
  const auto value = to_double(in[0]);
  const auto size = to_double(in[1]);
  if (!value || !size || !(*size > 0)) return env.fail("bucket of something that is no number");
  return Value::number(std::floor(*value / *size) * *size);
}

Value humanize(Arguments in, Env& env) {
  const auto number = to_double(in[0]);
  if (!number) return {};
  const std::string_view unit = in.size() > 1 ? to_text(in[1], env.scratch()) : std::string_view();
  if (in[0].kind() == ValueKind::kDuration) {
    return Value::string(env.scratch().keep(to_duration_text(in[0].as_int())));
  }
  return Value::string(env.scratch().keep(humanize_number(*number, unit)));
}

Value format_time_of(Arguments in, Env& env) {
  const auto time = to_time(in[0]);
  if (!time) return {};
  return Value::string(env.scratch().keep(format_utc(*time, to_text(in[1], env.scratch()))));
}

Value parse_time_of(Arguments in, Env&) {
  const auto time = to_time(in[0]);
  return time ? Value::time(*time) : Value();
}

Value cidr_match(Arguments in, Env& env) {
  if (is_absent(in[0])) return Value::boolean(false);
  const std::string_view address = to_text(in[0], env.scratch());
  for (const Value& network : in.subspan(1)) {
    if (matches_network(address, to_text(network, env.scratch()))) return Value::boolean(true);
  }
  return Value::boolean(false);
}

template <std::string_view (*kPart)(std::string_view)>
Value url_part(Arguments in, Env& env) {
  if (is_absent(in[0])) return {};
  const std::string_view part = kPart(to_text(in[0], env.scratch()));
  return part.data() == nullptr ? Value() : Value::string(part);
}

Value url_parameter_of(Arguments in, Env& env) {
  if (is_absent(in[0]) || is_absent(in[1])) return {};
  const auto value = url_parameter(to_text(in[0], env.scratch()), to_text(in[1], env.scratch()));
  return value ? Value::string(env.scratch().keep(*value)) : Value();
}

Value json_path(Arguments in, Env& env) {
  if (is_absent(in[0]) || is_absent(in[1])) return {};
  const Raw root = to_raw(to_text(in[0], env.scratch()));
  if (!root) return {};
  return to_value(descend(root, to_text(in[1], env.scratch())), env.scratch());
}

Body body_of(Function function) {
  switch (function) {
    case Function::kCoalesce: return coalesce;
    case Function::kType: return type_of;
    case Function::kToInt: return to_int;
    case Function::kToDouble: return to_real;
    case Function::kToString: return to_string_value;
    case Function::kHash: return hash_of;
    case Function::kLower: return text_to_text<to_lower>;
    case Function::kUpper: return text_to_text<upper>;
    case Function::kTrim: return trim_of;
    case Function::kLength: return length;
    case Function::kSubstring: return substring;
    case Function::kReplace: return replace;
    case Function::kConcat: return concat;
    case Function::kSplit: return split_text;
    case Function::kAbs: return abs_of;
    case Function::kFloor: return round_number<std::floor>;
    case Function::kCeil: return round_number<std::ceil>;
    case Function::kRound: return round_of;
    case Function::kSqrt: return number_to_number<std::sqrt>;
    case Function::kLog: return number_to_number<std::log>;
    case Function::kLog10: return number_to_number<std::log10>;
    case Function::kExp: return number_to_number<std::exp>;
    case Function::kPow: return power;
    case Function::kLeast: return extreme<-1>;
    case Function::kGreatest: return extreme<1>;
    case Function::kBucket: return bucket;
    case Function::kHumanize: return humanize;
    case Function::kFormatTime: return format_time_of;
    case Function::kParseTime: return parse_time_of;
    case Function::kCidrMatch: return cidr_match;
    case Function::kUrlScheme: return url_part<url_scheme>;
    case Function::kUrlHost: return url_part<url_host>;
    case Function::kUrlPath: return url_part<url_path>;
    case Function::kUrlParameter: return url_parameter_of;
    case Function::kJsonPath: return json_path;
    // These have nodes of their own.
    case Function::kIf:
    case Function::kNow:
    case Function::kExtract:
    case Function::kReplaceRegex: break;
  }
  return nullptr;
}

class Applied final : public Expression {
 public:
  Applied(Body body, std::vector<ExpressionPtr> arguments)
      : body_(body), arguments_(std::move(arguments)) {}
  Value eval(Env& env) const override {
    constexpr std::size_t kFew = 8;
    if (arguments_.size() > kFew) return eval_many(env);
    Value values[kFew];
    for (std::size_t i = 0; i < arguments_.size(); ++i) values[i] = arguments_[i]->eval(env);
    return body_(Arguments(values, arguments_.size()), env);
  }

 private:
  Value eval_many(Env& env) const {
    std::vector<Value> values;
    for (const auto& argument : arguments_) values.push_back(argument->eval(env));
    return body_(values, env);
  }

  Body body_;
  std::vector<ExpressionPtr> arguments_;
};

class If final : public Expression {
 public:
  explicit If(std::vector<ExpressionPtr> arguments) : arguments_(std::move(arguments)) {}
  Value eval(Env& env) const override {
    if (arguments_[0]->test(env)) return arguments_[1]->eval(env);
    return arguments_.size() > 2 ? arguments_[2]->eval(env) : Value();
  }

 private:
  std::vector<ExpressionPtr> arguments_;
};

class Now final : public Expression {
 public:
  explicit Now(Timestamp now) : now_(now) {}
  Value eval(Env&) const override { return Value::time(now_); }

 private:
  Timestamp now_;
};

}  // namespace

ExpressionPtr compile_call(const Call& call, ExpressionContext& context) {
  std::vector<ExpressionPtr> arguments;
  for (const ExprPtr& argument : call.arguments) {
    const bool time = call.function == Function::kBucket && is_time(*argument);
    arguments.push_back(time ? compile_time(*argument, context)
                             : compile_expression(*argument, context));
  }
  switch (call.function) {
    case Function::kIf: return std::make_unique<If>(std::move(arguments));
    case Function::kNow: return std::make_unique<Now>(context.now);
    case Function::kExtract:
    case Function::kReplaceRegex: return make_regex_function(call, std::move(arguments));
    default: return std::make_unique<Applied>(body_of(call.function), std::move(arguments));
  }
}

}  // namespace obs::lang
