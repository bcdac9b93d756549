// sort: all records by key, equal ones in their order.
//
// What is more than memory may hold is sorted a memoryful at a time, put aside, and merged at the
// end. With a `head` behind, little more is held than what that wants.

#include <algorithm>

#include "libobs/lang/spill_bytes.h"
#include "libobs/lang/spill_runs.h"
#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

// What keeping a row costs beyond its bytes: the row itself, room to grow, and to sort in.
constexpr std::size_t kRowOverhead = 112;

struct Key {
  std::size_t field;
  bool is_time;
  bool descending;

  int compare(const Value& left, const Value& right) const {
    const int sign = order(left, right);
    return descending && !sorts_last(left) && !sorts_last(right) ? -sign : sign;
  }
};

Value kept(const Value& value, Scratch& text) {
  if (value.is_string()) return Value::string(text.keep(value.text()));
  return value.kind() == ValueKind::kJson ? Value::json(text.keep(value.text())) : value;
}

// A record as it is put aside: the values of the keys, then the line.
bool is_record_before(const std::vector<Key>& keys, std::string_view a, std::string_view b) {
  for (const Key& key : keys) {
    const Value left = take_value(a);
    const int sign = key.compare(left, take_value(b));
    if (sign != 0) return sign < 0;
  }
  return false;
}

class Sort final : public Operator {
 public:
  Sort(std::vector<Key> keys, std::uint64_t wanted) : keys_(std::move(keys)), wanted_(wanted) {}

  void push(Record& record, Flow& flow, std::size_t) override {
    line_.clear();
    record.append_line(line_);
    line_.pop_back();
    Row row;
    row.first = key_of(record, keys_.front());
    row.rest = rest_.size();
    for (std::size_t i = 1; i < keys_.size(); ++i) rest_.push_back(key_of(record, keys_[i]));
    row.line = text_->keep(line_);
    rows_.push_back(row);
    const bool fits = hold(row, flow);
    if (wanted_ < kMostWanted && rows_.size() >= 2 * wanted_ + kLeastCut) return cut(flow);
    if (!fits) flow.check(put_aside(flow));
  }

  void finish(Flow& flow, std::size_t next) override {
    if (!runs_) {
      sort_rows();
      for (const Row& row : rows_) flow.push_line(row.line, next);
      return clear(flow);
    }
    flow.check(put_aside(flow));
    flow.check(runs_->merge([&](std::string_view record) -> Result<bool> {
      for (std::size_t i = 0; i < keys_.size(); ++i) take_value(record);
      flow.push_line(record, next);
      --aside_;
      return flow.wants_more(next);
    }));
    flow.counters().filtered += aside_;
  }

 private:
  struct Row {
    Value first;
    std::size_t rest = 0;  // Where the values of the other keys begin.
    std::string_view line;
  };

  // With a `head` behind, only so many of the first need to be kept: now and then the others go.
  static constexpr std::uint64_t kMostWanted = 100'000;
  static constexpr std::uint64_t kLeastCut = 1000;

  Value key_of(Record& record, const Key& key) {
    const Value value = record.get(key.field);
    if (key.is_time) {
      if (const auto time = to_time(value)) return Value::time(*time);
    }
    return kept(value, *text_);
  }

  bool hold(const Row& row, Flow& flow) {
    const std::size_t bytes = row.line.size() + kRowOverhead + sizeof(Value) * keys_.size();
    held_ += bytes;
    return flow.try_hold(bytes);
  }

  bool is_before(const Row& a, const Row& b) const {
    int sign = keys_.front().compare(a.first, b.first);
    for (std::size_t i = 1; i < keys_.size() && sign == 0; ++i) {
      sign = keys_[i].compare(rest_[a.rest + i - 1], rest_[b.rest + i - 1]);
    }
    return sign < 0;
  }

  void sort_rows() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [this](const Row& a, const Row& b) { return is_before(a, b); });
  }

  void clear(Flow& flow) {
    rows_.clear();
    rest_.clear();
    text_ = std::make_unique<Scratch>();
    flow.release(std::exchange(held_, 0));
  }

  void cut(Flow& flow) {
    sort_rows();
    flow.counters().filtered += rows_.size() - wanted_;
    rows_.resize(wanted_);
    auto text = std::make_unique<Scratch>();
    std::vector<Value> rest;
    flow.release(std::exchange(held_, 0));
    bool fits = true;
    for (Row& row : rows_) {
      row.line = text->keep(row.line);
      row.first = kept(row.first, *text);
      const std::size_t from = std::exchange(row.rest, rest.size());
      for (std::size_t i = 1; i < keys_.size(); ++i) {
        rest.push_back(kept(rest_[from + i - 1], *text));
      }
      fits = hold(row, flow);
    }
    rest_ = std::move(rest);
    text_ = std::move(text);
    if (!fits) flow.check(put_aside(flow));
  }

  Result<void> put_aside(Flow& flow) {
    if (!runs_) {
      runs_.emplace(flow.spill(), [this](std::string_view a, std::string_view b) {
        return is_record_before(keys_, a, b);
      });
    }
    sort_rows();
    for (const Row& row : rows_) {
      line_.clear();
      append_value(line_, row.first);
      for (std::size_t i = 1; i < keys_.size(); ++i) append_value(line_, rest_[row.rest + i - 1]);
      line_ += row.line;
      OBS_TRY_VOID(runs_->add(line_));
    }
    OBS_TRY_VOID(runs_->end_run());
    aside_ += rows_.size();
    clear(flow);
    return {};
  }

  std::vector<Key> keys_;
  std::uint64_t wanted_;
  std::vector<Row> rows_;
  std::vector<Value> rest_;  // Of each row, the values of all keys but the first.
  std::unique_ptr<Scratch> text_ = std::make_unique<Scratch>();
  std::size_t held_ = 0;
  std::string line_;
  std::optional<SpillRuns> runs_;
  std::uint64_t aside_ = 0;  // Rows in runs.
};

}  // namespace

std::unique_ptr<Operator> make_sort(const SortStage& stage, std::uint64_t wanted,
                                    const StageContext& context) {
  std::vector<Key> keys;
  for (const auto& [field, descending] : stage.keys) {
    const Expr as_expression{{}, field};
    keys.push_back({context.fields.add(field), is_time(as_expression), descending});
  }
  return std::make_unique<Sort>(std::move(keys), wanted);
}

}  // namespace obs::lang
