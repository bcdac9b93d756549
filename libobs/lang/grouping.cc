#include "libobs/lang/grouping.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/sampling.h"
#include "libobs/lang/spill_bytes.h"

namespace obs::lang {
namespace {

// What rate() measures is time.
ExpressionPtr compile_argument(const StatsStage::Column& column, ExpressionContext& context) {
  if (column.argument != nullptr) return compile_expression(*column.argument, context);
  if (column.aggregate != Aggregate::kRate) return nullptr;
  const Expr time{{}, FieldRef{FieldRef::Root::kAny, "time"}};
  return compile_time(time, context);
}

// Of groups that come back from the file, how many are in memory at a time.
constexpr std::size_t kGroupsAtOnce = 1024;
constexpr std::size_t kBytesAtOnce = kMiB;  // At least.

// Keys by their values; those whose values are equal in the order of `sort` by their bytes.
bool comes_before(std::string_view left, std::string_view right) {
  if (sorts_before(left, right)) return true;
  return !sorts_before(right, left) && left < right;
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
  sample.copies = flow.copies();
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

Result<void> Grouping::merge(Grouping& other) {
  for (std::uint32_t theirs = 0; theirs < other.table_.size(); ++theirs) {
    const std::uint32_t ours = find(other.table_.key(theirs));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i]->merge(ours, *other.columns_[i], theirs);
    }
  }
  other.clear();
  if (other.file_ == nullptr) return {};
  file_ = other.file_;
  most_bytes_ = other.most_bytes_;
  if (!other.runs_) return {};
  start_runs(*file_);
  return runs_->take(*other.runs_);
}

void Grouping::clear() {
  table_.clear();
  for (const auto& column : columns_) column->clear();
  if (spec_.groups.empty()) find({});
}

// Single groups that hold much first; then all groups, as a run by their keys.
Result<void> Grouping::spill(SpillFile& file, std::size_t bytes) {
  file_ = &file;
  most_bytes_ = std::max(bytes, kBytesAtOnce);
  OBS_TRY_VOID(spill_columns(bytes));
  return this->bytes() <= bytes ? Result<void>() : put_aside();
}

Result<void> Grouping::spill_columns(std::size_t bytes) {
  for (std::size_t i = 0; i < columns_.size() && this->bytes() > bytes; ++i) {
    OBS_TRY_VOID(columns_[i]->spill(*file_));
  }
  return {};
}

void Grouping::start_runs(SpillFile& file) {
  if (runs_) return;
  runs_.emplace(file, [](std::string_view a, std::string_view b) {
    return comes_before(take_sized(a), take_sized(b));
  });
}

Result<void> Grouping::put_aside() {
  start_runs(*file_);
  for (const std::uint32_t group : sorted_groups()) {
    line_.clear();
    append_sized(line_, table_.key(group));
    for (const auto& column : columns_) column->save(line_, group);
    OBS_TRY_VOID(runs_->add(line_));
  }
  OBS_TRY_VOID(runs_->end_run());
  clear();
  return {};
}

Result<void> Grouping::each_row(std::string_view prefix, const Row& row) {
  if (!runs_) {
    OBS_TRY_VOID(show(sorted_groups(), prefix, row));
    return {};
  }
  OBS_TRY_VOID(put_aside());
  // Equal keys come together: no more groups are in memory than it takes to go easy on the columns.
  Grouping some(spec_);
  some.file_ = file_;
  some.most_bytes_ = most_bytes_;
  OBS_TRY_VOID(
      runs_->merge([&](std::string_view record) { return some.add_saved(record, prefix, row); }));
  OBS_TRY_VOID(some.show(some.sorted_groups(), prefix, row));
  return {};
}

Result<bool> Grouping::add_saved(std::string_view record, std::string_view prefix, const Row& row) {
  const std::string_view key = take_sized(record);
  const bool is_new = table_.size() > 0 && table_.key(table_.size() - 1) != key;
  if (is_new && (table_.size() >= kGroupsAtOnce || bytes() > most_bytes_)) {
    OBS_TRY(const bool wants_more, show(sorted_groups(), prefix, row));
    if (!wants_more) return false;
    clear();
  }
  const std::uint32_t group = find(key);
  for (const auto& column : columns_) column->load(group, record);
  if (bytes() <= most_bytes_) return true;
  OBS_TRY_VOID(spill_columns(most_bytes_));
  if (table_.size() > 1 || bytes() <= 2 * most_bytes_) return true;
  return fail(Errc::kLimitExceeded,
              "stats: one group alone holds more than --memory allows; allow more, or leave out "
              "values()");
}

std::vector<std::uint32_t> Grouping::sorted_groups() const {
  std::vector<std::uint32_t> groups(table_.size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i;
  std::sort(groups.begin(), groups.end(), [this](std::uint32_t a, std::uint32_t b) {
    return comes_before(table_.key(a), table_.key(b));
  });
  return groups;
}

// False when no more rows are wanted.
Result<bool> Grouping::show(const std::vector<std::uint32_t>& groups, std::string_view prefix,
                            const Row& row) {
  for (const std::uint32_t group : groups) {
    line_.assign(1, '{').append(prefix);
    OBS_TRY_VOID(append_row(line_, group));
    if (!row(line_)) return false;
  }
  return true;
}

Result<void> Grouping::append_row(std::string& out, std::uint32_t group) {
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
    OBS_TRY_VOID(columns_[i]->append_result(out, group));
  }
  out += '}';
  return {};
}

std::size_t Grouping::bytes() const {
  std::size_t sum = table_.bytes() + table_.size() * group_bytes_;
  for (const auto& column : columns_) sum += column->bytes();
  return sum;
}

}  // namespace obs::lang
