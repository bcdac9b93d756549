#include "libobs/lang/grouping.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/sampling.h"

namespace obs::lang {
namespace {

// What rate() measures is time.
ExpressionPtr compile_argument(const StatsStage::Column& column, ExpressionContext& context) {
  if (column.argument != nullptr) return compile_expression(*column.argument, context);
  if (column.aggregate != Aggregate::kRate) return nullptr;
  const Expr time{{}, FieldRef{FieldRef::Root::kAny, "time"}};
  return compile_time(time, context);
}

}  // namespace

std::string to_member(std::string_view name) {
  std::string out;
  append_json_string(out, name);
  return out + ":";
}

GroupingSpec compile_grouping(const StatsStage& stage, const StageContext& context) {
  GroupingSpec spec;
  spec.every = stage.every.value_or(0);
  ExpressionContext expressions = context.expressions();
  for (const auto& group : stage.groups) {
    spec.groups.push_back({compile_expression(*group.value, expressions), to_member(group.name)});
  }
  for (const auto& column : stage.columns) {
    spec.columns.push_back(
        {column.aggregate, column.quantile, compile_argument(column, expressions),
         column.condition ? compile_expression(*column.condition, expressions) : nullptr,
         to_member(column.name)});
  }
  return spec;
}

Grouping::Grouping(const GroupingSpec& spec) : spec_(spec) {
  for (const auto& column : spec.columns) {
    columns_.push_back(column.aggregate == Aggregate::kRate
                           ? make_rate(spec.every)
                           : make_accumulator(column.aggregate, column.quantile));
    group_bytes_ += columns_.back()->group_bytes();
  }
  if (spec.groups.empty()) find({});  // One row even of no records.
}

std::uint32_t Grouping::find(std::string_view key) {
  const std::size_t before = table_.size();
  const std::uint32_t group = table_.find(key);
  if (table_.size() == before) return group;
  for (const auto& column : columns_) column->resize(table_.size());
  return group;
}

double weight_of(Record& record) {
  static const FieldPlan kTraceState = plan_field({FieldRef::Root::kAny, "trace_state"});
  static const FieldPlan kThreshold =
      plan_field({FieldRef::Root::kAttributes, std::string(kThresholdAttribute)});
  const auto text_at = [&record](const FieldPlan& field) {
    const Value value = to_value(to_raw(record.find_json(field)), record.scratch());
    return value.is_string() ? value.text() : std::string_view();
  };
  if (const auto threshold = parse_trace_sampling(text_at(kTraceState)).threshold) {
    return adjusted_count(threshold);
  }
  return adjusted_count(parse_threshold(text_at(kThreshold)));
}

bool Grouping::add(Record& record, Flow& flow) {
  Env env{record};
  Accumulator::Sample sample;
  sample.ordinal = flow.next_ordinal();
  if (flow.may_be_weighted()) sample.weight = weight_of(record);
  key_.clear();
  for (const auto& group : spec_.groups) append_key(key_, group.value->eval(env));
  const std::uint32_t group = find(key_);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const GroupingSpec::Column& column = spec_.columns[i];
    if (column.condition != nullptr && !column.condition->test(env)) continue;
    sample.value = column.argument == nullptr ? Value() : column.argument->eval(env);
    columns_[i]->add(group, sample);
  }
  return env.error == nullptr;
}

void Grouping::merge(Grouping& other) {
  for (std::uint32_t theirs = 0; theirs < other.table_.size(); ++theirs) {
    const std::uint32_t ours = find(other.table_.key(theirs));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i]->merge(ours, *other.columns_[i], theirs);
    }
  }
}

std::vector<std::uint32_t> Grouping::sorted_groups() {
  std::vector<std::uint32_t> groups(table_.size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i;
  std::sort(groups.begin(), groups.end(), [this](std::uint32_t a, std::uint32_t b) {
    return sorts_before(table_.key(a), table_.key(b));
  });
  return groups;
}

void Grouping::append_row(std::string& out, std::uint32_t group) {
  std::string_view key = table_.key(group);
  const auto begin_member = [&out](std::string_view name) {
    if (out.back() != '{' && out.back() != ',') out += ',';
    out += name;
  };
  for (const auto& one : spec_.groups) {
    begin_member(one.name);
    append_json(out, take_key(key));
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    begin_member(spec_.columns[i].name);
    columns_[i]->append_result(out, group);
  }
  out += '}';
}

std::size_t Grouping::bytes() const {
  std::size_t sum = table_.bytes() + table_.size() * group_bytes_;
  for (const auto& column : columns_) sum += column->bytes();
  return sum;
}

}  // namespace obs::lang
