#include "libobs/query/pipe_reads.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "libobs/lang/field_table.h"
#include "libobs/lang/functions.h"
#include "libobs/query/record_members.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"

namespace obs::query {
namespace {

using lang::Candidate;
using lang::Expr;
using lang::FieldRef;
using lang::Place;
using model::Signal;

// Chains of `and` nest as deep as they are long, so nothing recurses.
void add_fields(const Expr* expr, std::vector<FieldRef>& fields) {
  std::vector<const Expr*> open;
  if (expr != nullptr) open.push_back(expr);
  while (!open.empty()) {
    const Expr& one = *open.back();
    open.pop_back();
    if (const auto* field = std::get_if<FieldRef>(&one.node)) {
      if (std::find(fields.begin(), fields.end(), *field) == fields.end()) fields.push_back(*field);
    } else if (const auto* operation = std::get_if<lang::Operation>(&one.node)) {
      for (const auto& operand : operation->operands) open.push_back(operand.get());
    } else if (const auto* call = std::get_if<lang::Call>(&one.node)) {
      for (const auto& argument : call->arguments) open.push_back(argument.get());
    }
  }
}

void add_columns(const lang::StatsStage& stats, std::vector<FieldRef>& fields) {
  for (const auto& column : stats.columns) {
    add_fields(column.argument.get(), fields);
    add_fields(column.condition.get(), fields);
  }
}

void add_stats(const lang::StatsStage& stats, std::vector<FieldRef>& fields) {
  add_columns(stats, fields);
  for (const auto& group : stats.groups) add_fields(group.value.get(), fields);
}

// bucket(time, 1m): a minute.
std::optional<Duration> step_of(const Expr& expr) {
  const auto* call = std::get_if<lang::Call>(&expr.node);
  if (call == nullptr || call->function != lang::Function::kBucket) return std::nullopt;
  const auto* field = std::get_if<FieldRef>(&call->arguments[0]->node);
  const auto* step = std::get_if<lang::Literal>(&call->arguments[1]->node);
  if (field == nullptr || *field != FieldRef{FieldRef::Root::kAny, "time"}) return std::nullopt;
  const bool is_duration = step != nullptr && step->kind == lang::LiteralKind::kDuration;
  return is_duration && step->integer > 0 ? std::optional(step->integer) : std::nullopt;
}

// Every rate is one of times.
bool has_rate(const lang::StatsStage& stats) {
  return std::any_of(stats.columns.begin(), stats.columns.end(),
                     [](const auto& column) { return column.aggregate == lang::Aggregate::kRate; });
}

bool is_of_time(const FieldRef& field) {
  const lang::FieldPlan plan = lang::plan_field(field);
  return !plan.record.empty() && plan.record.front().place == Place::kTop &&
         plan.record.front().key == "time";
}

// False for a stage that looks at the whole record.
bool add_stage(const lang::Stage& stage, std::vector<FieldRef>& fields) {
  if (const auto* where = std::get_if<lang::WhereStage>(&stage.node)) {
    add_fields(where->condition.get(), fields);
    return true;
  }
  if (const auto* set = std::get_if<lang::SetStage>(&stage.node)) {
    for (const auto& assignment : set->assignments) {
      fields.push_back(assignment.target);
      add_fields(assignment.value.get(), fields);
    }
    return true;
  }
  if (const auto* sort = std::get_if<lang::SortStage>(&stage.node)) {
    for (const auto& key : sort->keys) fields.push_back(key.field);
    return true;
  }
  return std::holds_alternative<lang::HeadStage>(stage.node) ||
         std::holds_alternative<lang::TailStage>(stage.node);
}

OrderNeeded order_of(const lang::StatsStage& stats) {
  using lang::Aggregate;
  const bool picks = std::any_of(stats.columns.begin(), stats.columns.end(), [](const auto& one) {
    return one.aggregate == Aggregate::kFirst || one.aggregate == Aggregate::kLast ||
           one.aggregate == Aggregate::kValues;
  });
  if (picks) return OrderNeeded::kArrival;
  return stats.every ? OrderNeeded::kWindows : OrderNeeded::kNone;
}

template <class... Stages>
bool is_any(const lang::Stage& stage) {
  return (std::holds_alternative<Stages>(stage.node) || ...);
}

const RecordMember* find_member(Signal signal, std::string_view key) {
  for (const auto members : {own_members(signal), origin_members()}) {
    for (const RecordMember& member : members) {
      if (member.key == key) return &member;
    }
  }
  return nullptr;
}

// In SQL: a line has no such member. Empty for those whose absence is not as simple as that.
std::string absence(const RecordMember& member) {
  const std::string column = store::to_sql_identifier(member.key);
  switch (member.make) {
    case Make::kTime:
    case Make::kNumber:
    case Make::kSeverityNumber:
    case Make::kBody: return column + " IS NULL";
    case Make::kText: return fmt::format("({0} IS NULL OR {0} = '')", column);
    case Make::kName:
      return fmt::format("({0} IS NULL OR {0} = '' OR {0} IN ('unset', 'unspecified'))", column);
    case Make::kValue: return "(value IS NULL AND value_int IS NULL)";
    default: return {};
  }
}

std::string presence(const Candidate& candidate) {
  const std::string_view column = candidate.place == Place::kAttributes ? "attributes" : "resource";
  return fmt::format("json_extract_string({}, {}) IS NOT NULL", column,
                     store::to_sql_string(store::to_pointer(candidate.key)));
}

std::optional<FieldSource> source_of_member(const RecordMember& member,
                                            const std::vector<Candidate>& candidates) {
  FieldSource source;
  const std::string absent = absence(member);
  if (absent.empty()) return std::nullopt;
  source.columns.push_back(member.key);
  if (member.make == Make::kValue) source.columns.push_back("value_int");
  std::string others;
  for (const Candidate& candidate : candidates) {
    if (candidate.place == Place::kTop) continue;
    others += (others.empty() ? "" : " OR ") + presence(candidate);
  }
  if (!others.empty()) source.elsewhere = fmt::format("{} AND ({})", absent, others);
  return source;
}

void add_column(std::vector<std::string_view>& columns, std::string_view column) {
  if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
}

}  // namespace

std::optional<std::vector<FieldRef>> find_reads(const lang::Program& program) {
  std::vector<FieldRef> fields;
  for (const lang::Stage& stage : program.stages) {
    if (const auto* stats = std::get_if<lang::StatsStage>(&stage.node)) {
      add_stats(*stats, fields);
      return fields;
    }
    if (const auto* top = std::get_if<lang::TopStage>(&stage.node)) {
      fields.insert(fields.end(), top->fields.begin(), top->fields.end());
      return fields;
    }
    if (!add_stage(stage, fields)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Duration> find_time_step(const lang::Program& program) {
  std::vector<FieldRef> fields;
  Duration step = 0;
  for (const lang::Stage& stage : program.stages) {
    const auto* stats = std::get_if<lang::StatsStage>(&stage.node);
    if (stats == nullptr) {
      if (const auto* top = std::get_if<lang::TopStage>(&stage.node)) {
        fields.insert(fields.end(), top->fields.begin(), top->fields.end());
        break;
      }
      if (!add_stage(stage, fields)) return std::nullopt;
      continue;
    }
    if (has_rate(*stats) && !stats->every) return std::nullopt;
    step = stats->every.value_or(0);
    add_columns(*stats, fields);
    for (const auto& group : stats->groups) {
      const auto of_group = step_of(*group.value);
      if (of_group) step = std::gcd(step, *of_group);
      if (!of_group) add_fields(group.value.get(), fields);
    }
    break;
  }
  if (std::any_of(fields.begin(), fields.end(), is_of_time)) return std::nullopt;
  return step;
}

OrderNeeded order_needed(const lang::Program& program) {
  for (const lang::Stage& stage : program.stages) {
    if (const auto* stats = std::get_if<lang::StatsStage>(&stage.node)) return order_of(*stats);
    if (is_any<lang::TopStage>(stage)) return OrderNeeded::kNone;
    if (!is_any<lang::WhereStage, lang::SetStage, lang::ParseStage, lang::RenameStage,
                lang::KeepStage, lang::DropStage, lang::UnrollStage>(stage)) {
      return OrderNeeded::kArrival;
    }
  }
  return OrderNeeded::kArrival;
}

bool is_constant(const Expr& expr) {
  std::vector<FieldRef> fields;
  add_fields(&expr, fields);
  return fields.empty();
}

std::optional<FieldSource> find_source(Signal signal, const FieldRef& field) {
  const lang::FieldPlan plan = lang::plan_field(field);
  const bool is_record_field =
      field.root == FieldRef::Root::kAny && lang::find_record_field(field.name).has_value();
  if (is_record_field) {
    const std::string& key = plan.record.front().key;
    if (key == "signal") return FieldSource{};
    if (key == "_error") return std::nullopt;
    if (const RecordMember* member = find_member(signal, key)) {
      std::vector<Candidate> candidates = plan.record;
      // Beside a word the number is read in its place.
      if (field.name == "severity") {
        const auto number = lang::plan_field({FieldRef::Root::kAny, "severity_number"}).record;
        candidates.insert(candidates.end(), number.begin(), number.end());
      }
      return source_of_member(*member, candidates);
    }
  }
  FieldSource source;
  for (const Candidate& candidate : plan.record) {
    if (candidate.place == Place::kAttributes) add_column(source.columns, "attributes");
    if (candidate.place == Place::kResource) add_column(source.columns, "resource");
    if (candidate.place != Place::kTop) continue;
    const RecordMember* member = find_member(signal, candidate.key);
    if (member == nullptr || member->make == Make::kExtra) continue;
    add_column(source.columns, member->key);
    if (member->make == Make::kValue) add_column(source.columns, "value_int");
  }
  return source;
}

}  // namespace obs::query
