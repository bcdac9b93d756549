// stats without windows, and top: gathered in parallel, merged at the end.

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/grouping.h"
#include "libobs/lang/spill_bytes.h"

namespace obs::lang {
namespace {

class Stats final : public Operator {
 public:
  explicit Stats(GroupingSpec spec) : spec_(std::move(spec)), grouping_(spec_) {}

  void push(Record& record, Flow& flow, std::size_t) override {
    if (!grouping_.add(record, flow)) ++flow.counters().errors;
    ++flow.counters().folded;
    account(flow);
  }

  void merge(Operator& other, Flow& flow) override {
    flow.check(grouping_.merge(static_cast<Stats&>(other).grouping_));
    account(flow);
  }

  void finish(Flow& flow, std::size_t next) override {
    flow.check(grouping_.each_row({}, [&](std::string_view line) {
      ++flow.counters().created;
      flow.push_line(line, next);
      return flow.wants_more(next);
    }));
  }

  // What was put aside would take too long to have back again and again.
  bool peek(Flow& flow, std::size_t next) override {
    if (!grouping_.has_spilt()) finish(flow, next);
    return !grouping_.has_spilt();
  }

 private:
  void account(Flow& flow) {
    if (update(flow)) return;
    flow.check(grouping_.spill(flow.spill(), flow.memory() / 2));
    update(flow);
  }
  // False when it is more than may be held.
  bool update(Flow& flow) {
    const std::size_t before = std::exchange(held_, grouping_.bytes());
    if (held_ > before) return flow.try_hold(held_ - before);
    flow.release(before - held_);
    return true;
  }

  GroupingSpec spec_;
  Grouping grouping_;
  std::size_t held_ = 0;
};

// The most frequent values, the most frequent first.
class Top final : public Operator {
 public:
  Top(std::uint64_t count, std::vector<std::size_t> fields, std::vector<std::string> names)
      : count_(count), fields_(std::move(fields)), names_(std::move(names)) {}

  void push(Record& record, Flow& flow, std::size_t) override {
    key_.clear();
    bool complete = true;
    for (const std::size_t field : fields_) {
      const Value value = record.get(field);
      complete &= !value.is_missing();
      append_key(key_, value);
    }
    ++flow.counters().folded;
    if (complete) add(key_, flow.copies(), flow);
  }

  void merge(Operator& other, Flow& flow) override {
    Top& more = static_cast<Top&>(other);
    for (std::uint32_t i = 0; i < more.table_.size(); ++i) {
      add(more.table_.key(i), more.counts_[i], flow);
    }
    more.clear();
    if (!more.runs_) return;
    start_runs(flow);
    flow.check(runs_->take(*more.runs_));
    more.runs_.reset();
  }

  void finish(Flow& flow, std::size_t next) override {
    std::vector<Counted> best;
    if (runs_) {
      flow.check(put_aside(flow));
      flow.check(count_runs(best));
    } else {
      for (std::uint32_t i = 0; i < table_.size(); ++i) {
        consider({std::string(table_.key(i)), counts_[i]}, best);
      }
    }
    std::sort_heap(best.begin(), best.end(), is_before);
    for (const Counted& one : best) {
      ++flow.counters().created;
      flow.push_line(row(one), next);
    }
  }

  bool peek(Flow& flow, std::size_t next) override {
    if (!runs_) finish(flow, next);
    return !runs_;
  }

 private:
  struct Counted {
    std::string key;
    std::uint64_t count = 0;
  };
  // Of equally frequent ones, the one that sorts first.
  static bool is_before(const Counted& a, const Counted& b) {
    return a.count != b.count ? a.count > b.count : sorts_before(a.key, b.key);
  }

  void add(std::string_view key, std::uint64_t times, Flow& flow) {
    const std::size_t before = table_.bytes();
    const std::uint32_t group = table_.find(key);
    const bool is_new = group == counts_.size();
    if (is_new) counts_.push_back(0);
    counts_[group] += times;
    if (!is_new) return;
    const std::size_t bytes = table_.bytes() - before + sizeof(std::uint64_t);
    held_ += bytes;
    if (!flow.try_hold(bytes)) flow.check(put_aside(flow));
  }

  void clear() {
    table_.clear();
    counts_.clear();
  }

  void start_runs(Flow& flow) {
    if (runs_) return;
    runs_.emplace(flow.spill(), [](std::string_view a, std::string_view b) {
      return take_sized(a) < take_sized(b);
    });
  }

  // As a run by key, in the order of its bytes: only that equal ones come together counts.
  Result<void> put_aside(Flow& flow) {
    start_runs(flow);
    std::vector<std::uint32_t> groups(table_.size());
    for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i;
    std::sort(groups.begin(), groups.end(),
              [this](std::uint32_t a, std::uint32_t b) { return table_.key(a) < table_.key(b); });
    std::string record;
    for (const std::uint32_t group : groups) {
      record.clear();
      append_sized(record, table_.key(group));
      append_plain(record, counts_[group]);
      OBS_TRY_VOID(runs_->add(record));
    }
    OBS_TRY_VOID(runs_->end_run());
    clear();
    flow.release(std::exchange(held_, 0));
    return {};
  }

  Result<void> count_runs(std::vector<Counted>& best) const {
    Counted one;
    OBS_TRY_VOID(runs_->merge([&](std::string_view record) -> Result<bool> {
      const std::string_view key = take_sized(record);
      if (key != one.key) {
        if (one.count != 0) consider(std::move(one), best);
        one = {std::string(key), 0};
      }
      one.count += take_plain<std::uint64_t>(record);
      return true;
    }));
    if (one.count != 0) consider(std::move(one), best);
    return {};
  }

  // `best` is a heap with the last of the first ones at its front.
  void consider(Counted one, std::vector<Counted>& best) const {
    if (best.size() == count_) {
      if (best.empty() || !is_before(one, best.front())) return;
      std::pop_heap(best.begin(), best.end(), is_before);
      best.pop_back();
    }
    best.push_back(std::move(one));
    std::push_heap(best.begin(), best.end(), is_before);
  }

  std::string row(const Counted& one) const {
    std::string line = "{";
    std::string_view key = one.key;
    for (const std::string& name : names_) {
      line += name;
      append_json(line, take_key(key));
      line += ',';
    }
    line += "\"count\":";
    append_uint(line, one.count);
    return line + "}";
  }

  std::uint64_t count_;
  std::vector<std::size_t> fields_;
  std::vector<std::string> names_;
  GroupTable table_;
  std::vector<std::uint64_t> counts_;
  std::string key_;
  std::size_t held_ = 0;
  std::optional<SpillRuns> runs_;
};

}  // namespace

std::unique_ptr<Operator> make_stats(const StatsStage& stage, const StageContext& context) {
  return std::make_unique<Stats>(compile_grouping(stage, context));
}

std::unique_ptr<Operator> make_top(const TopStage& stage, const StageContext& context) {
  std::vector<std::size_t> fields;
  std::vector<std::string> names;
  for (const FieldRef& field : stage.fields) fields.push_back(context.fields.add(field));
  for (const std::string& name : stage.names) names.push_back(to_member(name));
  return std::make_unique<Top>(stage.count, std::move(fields), std::move(names));
}

}  // namespace obs::lang
