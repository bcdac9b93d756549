// stats without windows, and top: gathered in parallel, merged at the end.

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/grouping.h"

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
    grouping_.merge(static_cast<Stats&>(other).grouping_);
    account(flow);
  }

  void finish(Flow& flow, std::size_t next) override {
    grouping_.each_row({}, [&](std::string_view line) {
      ++flow.counters().created;
      flow.push_line(line, next);
    });
  }

 private:
  void account(Flow& flow) {
    const std::size_t now = grouping_.bytes();
    if (now > held_) flow.hold(now - held_, "stats");
    held_ = std::max(held_, now);
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
    if (complete) add(key_, 1, flow);
  }

  void merge(Operator& other, Flow& flow) override {
    const Top& more = static_cast<Top&>(other);
    for (std::uint32_t i = 0; i < more.table_.size(); ++i) {
      add(more.table_.key(i), more.counts_[i], flow);
    }
  }

  void finish(Flow& flow, std::size_t next) override {
    const auto groups = most_frequent();
    for (const std::uint32_t group : groups) {
      ++flow.counters().created;
      flow.push_line(row(group), next);
    }
  }

 private:
  void add(std::string_view key, std::uint64_t times, Flow& flow) {
    const std::size_t before = table_.bytes();
    const std::uint32_t group = table_.find(key);
    if (group == counts_.size()) {
      counts_.push_back(0);
      flow.hold(table_.bytes() - before + sizeof(std::uint64_t), "top");
    }
    counts_[group] += times;
  }

  // Of equally frequent ones, the one that sorts first.
  std::vector<std::uint32_t> most_frequent() const {
    std::vector<std::uint32_t> groups(table_.size());
    for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i;
    const auto is_before = [this](std::uint32_t a, std::uint32_t b) {
      if (counts_[a] != counts_[b]) return counts_[a] > counts_[b];
      return sorts_before(table_.key(a), table_.key(b));
    };
    const std::size_t wanted = std::min<std::uint64_t>(count_, groups.size());
    std::partial_sort(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(wanted),
                      groups.end(), is_before);
    groups.resize(wanted);
    return groups;
  }

  std::string row(std::uint32_t group) const {
    std::string line = "{";
    std::string_view key = table_.key(group);
    for (const std::string& name : names_) {
      line += name;
      append_json(line, take_key(key));
      line += ',';
    }
    line += "\"count\":";
    append_uint(line, counts_[group]);
    return line + "}";
  }

  std::uint64_t count_;
  std::vector<std::size_t> fields_;
  std::vector<std::string> names_;
  GroupTable table_;
  std::vector<std::uint64_t> counts_;
  std::string key_;
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
