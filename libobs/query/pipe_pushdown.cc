#include "libobs/query/pipe_pushdown.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/base/tokens.h"
#include "libobs/lang/expression.h"
#include "libobs/query/pipe_reads.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"

namespace obs::query {
namespace {

using lang::Candidate;
using lang::Expr;
using lang::FieldRef;
using lang::Literal;
using lang::LiteralKind;
using lang::Op;
using lang::Place;
using model::Signal;
using store::to_sql_identifier;
using store::to_sql_string;

const Literal* literal_of(const Expr& expr, LiteralKind kind) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && literal->kind == kind ? literal : nullptr;
}

// The conditions of a chain of `and`, in order. They nest as deep as the chain is long.
std::vector<const Expr*> split_conjuncts(const Expr& condition) {
  std::vector<const Expr*> conjuncts;
  std::vector<const Expr*> open = {&condition};
  while (!open.empty()) {
    const Expr& one = *open.back();
    open.pop_back();
    const auto* operation = std::get_if<lang::Operation>(&one.node);
    if (operation != nullptr && operation->op == Op::kAnd) {
      open.push_back(operation->operands[1].get());
      open.push_back(operation->operands[0].get());
    } else {
      conjuncts.push_back(&one);
    }
  }
  return conjuncts;
}

// What an expression without fields says as a time.
std::optional<Timestamp> evaluate_time(const Expr& expr, Timestamp now) {
  if (!is_constant(expr)) return std::nullopt;
  lang::FieldTable fields(now);
  lang::ExpressionContext context{fields, now};
  const auto time = lang::compile_time(expr, context);
  lang::Record record(fields);
  std::string line = "{}";
  line.append(lang::kScanPadding, '\0');
  record.reset(std::string_view(line).substr(0, 2));
  lang::Env env{record};
  const lang::Value value = time->eval(env);
  if (value.kind() != lang::ValueKind::kTime) return std::nullopt;
  return value.as_int();
}

// Text that no number and no bool is equal to.
bool is_only_text(std::string_view text) {
  const std::string lower = to_lower(text);
  const bool is_word = !lower.empty() && lower[0] >= 'a' && lower[0] <= 'z';
  return is_word && lower != "true" && lower != "false" && lower != "nan" &&
         !lower.starts_with("inf");
}

class Conditions {
 public:
  Conditions(Pushdown& out, Signal signal, Timestamp now, Bodies bodies)
      : out_(out), signal_(signal), now_(now), bodies_(bodies) {}

  // False when nothing of it was taken.
  bool take(const Expr& expr) {
    const auto* operation = std::get_if<lang::Operation>(&expr.node);
    if (operation == nullptr || operation->operands.size() < 2) return false;
    const Expr& left = *operation->operands[0];
    const Expr& right = *operation->operands[1];
    switch (operation->op) {
      case Op::kEqual:
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
        return take_comparison(left, operation->op, right) ||
               take_comparison(right, mirrored(operation->op), left);
      case Op::kIn: return take_list(*operation);
      case Op::kHas:
      case Op::kContains: return take_text(left, operation->op, right);
      default: return false;
    }
  }

 private:
  // The field, if it is a record field with a column of its own that may be asked for.
  const FieldRef* field_of(const Expr& expr) const {
    const auto* field = std::get_if<FieldRef>(&expr.node);
    return field != nullptr && field->root == FieldRef::Root::kAny ? field : nullptr;
  }

  bool take_comparison(const Expr& subject, Op op, const Expr& other) {
    const FieldRef* field = std::get_if<FieldRef>(&subject.node);
    if (field == nullptr) return false;
    if (field->root != FieldRef::Root::kAny || !lang::find_record_field(field->name)) {
      const Literal* text = literal_of(other, LiteralKind::kString);
      return op == Op::kEqual && text != nullptr && take_attribute(*field, text->text);
    }
    if (field->name == "time") return take_time(op, other);
    if (field->name == "severity") return take_severity(*field, op, other);
    if (field->name == "duration" || field->name == "duration_ns") {
      return take_duration(*field, op, other);
    }
    const Literal* text = literal_of(other, LiteralKind::kString);
    return op == Op::kEqual && text != nullptr && take_equal(*field, {text->text});
  }

  bool take_time(Op op, const Expr& other) {
    const auto time = evaluate_time(other, now_);
    if (!time || *time == std::numeric_limits<Timestamp>::max()) return false;
    for (RecordFilter* filter : {&out_.filter, &out_.times}) {
      const bool from = op == Op::kGreater || op == Op::kGreaterEqual || op == Op::kEqual;
      const bool to = op == Op::kLess || op == Op::kLessEqual || op == Op::kEqual;
      if (from) filter->since = std::max(filter->since.value_or(*time), *time);
      const Timestamp end = op == Op::kLess ? *time : *time + 1;
      if (to) filter->until = std::min(filter->until.value_or(end), end);
    }
    return true;
  }

  // Words are compared by their ranges of four numbers.
  bool take_severity(const FieldRef& field, Op op, const Expr& other) {
    const Literal* word = literal_of(other, LiteralKind::kSeverity);
    if (signal_ != Signal::kLogs || word == nullptr) return false;
    if (op == Op::kLess || op == Op::kLessEqual) return false;
    const auto first = static_cast<std::int32_t>((word->integer - 1) / 4 * 4 + 1);
    const std::int32_t least = op == Op::kGreater ? first + 4 : first;
    if (least > 24) return false;
    if (!doubt({field.root, "severity_number"})) return false;
    out_.filter.least_severity = std::max(out_.filter.least_severity, least);
    return true;
  }

  bool take_duration(const FieldRef& field, Op op, const Expr& other) {
    const LiteralKind kind = field.name == "duration" ? LiteralKind::kDuration : LiteralKind::kInt;
    const Literal* length = literal_of(other, kind);
    if (signal_ != Signal::kSpans || length == nullptr || !doubt(field)) return false;
    const std::string_view sign = op == Op::kEqual                          ? "="
                                  : op == Op::kLess || op == Op::kLessEqual ? "<="
                                                                            : ">=";
    add(fmt::format("duration_ns {} {}", sign, length->integer));
    return true;
  }

  bool take_equal(const FieldRef& field, const std::vector<std::string>& values) {
    RecordFilter& filter = out_.filter;
    const auto set = [&](std::vector<std::string>& list) {
      if (!list.empty() || !doubt(field)) return false;
      list = values;
      return true;
    };
    if (field.name == "service") return set(filter.services);
    if (field.name == "name" && signal_ != Signal::kLogs) return set(filter.names);
    if (field.name == "status" && signal_ == Signal::kSpans) return set(filter.statuses);
    if (signal_ == Signal::kMetrics || values.size() != 1) return false;
    if (field.name == "trace_id") {
      if (!filter.trace_id.empty() || values[0].empty() || !doubt(field)) return false;
      filter.trace_id = values[0];
      return true;
    }
    const bool is_column =
        field.name == "span_id" || (field.name == "kind" && signal_ == Signal::kSpans);
    if (!is_column || !doubt(field)) return false;
    add(fmt::format("{} = {}", to_sql_identifier(field.name), to_sql_string(values[0])));
    return true;
  }

  bool take_list(const lang::Operation& operation) {
    const FieldRef* field = field_of(*operation.operands[0]);
    if (field == nullptr) return false;
    std::vector<std::string> values;
    for (std::size_t i = 1; i < operation.operands.size(); ++i) {
      const Literal* text = literal_of(*operation.operands[i], LiteralKind::kString);
      if (text == nullptr) return false;
      values.push_back(text->text);
    }
    return take_equal(*field, values);
  }

  bool take_text(const Expr& subject, Op op, const Expr& part) {
    const FieldRef* field = field_of(subject);
    const Literal* text = literal_of(part, LiteralKind::kString);
    const std::string_view column = signal_ == Signal::kLogs ? "body" : "name";
    if (field == nullptr || text == nullptr || field->name != column) return false;
    if (op == Op::kHas ? Phrase(text->text).words().empty() : text->text.empty()) return false;
    if (!doubt(*field)) return false;
    out_.reads_text = signal_ == Signal::kLogs;
    const std::string test = fmt::format("{}({}, {})", op == Op::kHas ? "has" : "contains", column,
                                         to_sql_string(text->text));
    if (out_.reads_text && bodies_ == Bodies::kAny) {
      add(fmt::format("({} OR ({}))", test, kBodyIsJson));
    } else if (op == Op::kHas) {
      out_.filter.phrases.push_back(text->text);
    } else {
      add(test);
    }
    return true;
  }

  // An attribute that can stand in one place alone is looked up. A name that may also be that of a
  // resource attribute, or of something within another, has to be looked for there too.
  bool take_attribute(const FieldRef& field, const std::string& text) {
    if (!is_only_text(text)) return false;
    const lang::FieldPlan plan = lang::plan_field(field);
    if (plan.record.size() == 1 && plan.record[0].place == Place::kAttributes) {
      out_.filter.attributes.push_back({plan.record[0].key, text});
      return true;
    }
    std::string any;
    for (const Candidate& candidate : plan.record) {
      if (candidate.place == Place::kTop) {
        if (is_column(candidate.key)) return false;
        continue;
      }
      const std::string value =
          fmt::format("json_extract_string({}, {})",
                      candidate.place == Place::kAttributes ? "attributes" : "resource",
                      to_sql_string(store::to_pointer(candidate.key)));
      any += any.empty() ? "" : " OR ";
      any += candidate.rest.empty() ? value + " = " + to_sql_string(text) : value + " IS NOT NULL";
    }
    if (any.empty()) return false;
    add("(" + any + ")");
    return true;
  }

  bool is_column(const std::string& key) const {
    const auto source = find_source(signal_, {FieldRef::Root::kAny, key});
    if (!source) return true;
    return std::any_of(source->columns.begin(), source->columns.end(), [](std::string_view one) {
      return one != "attributes" && one != "resource";
    });
  }

  // Notes where else the field may stand; false when that cannot be said.
  bool doubt(const FieldRef& field) {
    const auto source = find_source(signal_, field);
    if (!source || source->columns.empty() || source->columns[0] == "attributes") return false;
    if (!source->elsewhere.empty()) add_doubt(source->elsewhere);
    return true;
  }

  void add_doubt(std::string doubt) {
    auto& doubts = out_.doubts;
    if (std::find(doubts.begin(), doubts.end(), doubt) == doubts.end()) {
      doubts.push_back(std::move(doubt));
    }
  }

  void add(const std::string& condition) {
    std::string& all = out_.filter.condition;
    all += (all.empty() ? "" : " AND ") + condition;
  }

  Pushdown& out_;
  Signal signal_;
  Timestamp now_;
  Bodies bodies_;
};

}  // namespace

Pushdown push_down(const lang::Program& program, Signal signal, RecordFilter base, Timestamp now,
                   Bodies bodies) {
  Pushdown out;
  out.times = base;
  out.filter = std::move(base);
  Conditions conditions(out, signal, now, bodies);
  for (const lang::Stage& stage : program.stages) {
    const auto* where = std::get_if<lang::WhereStage>(&stage.node);
    if (where == nullptr) break;
    for (const Expr* one : split_conjuncts(*where->condition)) {
      if (out.taken.size() == kMaxPushedConditions || !conditions.take(*one)) continue;
      out.taken.push_back(program.text.substr(one->where.begin, one->where.end - one->where.begin));
    }
  }
  return out;
}

}  // namespace obs::query
