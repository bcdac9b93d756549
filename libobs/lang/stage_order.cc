// head, tail and sort: the stages for which the order of records is everything.

#include <algorithm>
#include <deque>

#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

// What keeping a line costs beyond its bytes.
constexpr std::size_t kLineOverhead = 64;

class Head final : public Operator {
 public:
  explicit Head(std::uint64_t count) : left_(count) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    if (left_ == 0) {
      ++flow.counters().filtered;
      return;
    }
    --left_;
    flow.push(record, next);
  }
  bool is_done() const override { return left_ == 0; }

 private:
  std::uint64_t left_;
};

std::string line_of(Record& record) {
  std::string line;
  record.append_line(line);
  line.pop_back();
  return line;
}

class Tail final : public Operator {
 public:
  explicit Tail(std::uint64_t count) : count_(count) {}
  void push(Record& record, Flow& flow, std::size_t) override {
    lines_.push_back(line_of(record));
    flow.hold(lines_.back().size() + kLineOverhead, "tail");
    if (lines_.size() <= count_) return;
    flow.release(lines_.front().size() + kLineOverhead);
    lines_.pop_front();
    ++flow.counters().filtered;
  }
  void finish(Flow& flow, std::size_t next) override {
    for (const std::string& line : lines_) flow.push_line(line, next);
    lines_.clear();
  }

 private:
  std::uint64_t count_;
  std::deque<std::string> lines_;
};

// Holds all records, by key. Equal ones keep their order.
class Sort final : public Operator {
 public:
  struct Key {
    std::size_t field;
    bool is_time;
    bool descending;
  };
  explicit Sort(std::vector<Key> keys) : keys_(std::move(keys)) {}

  void push(Record& record, Flow& flow, std::size_t) override {
    Row row;
    for (const Key& key : keys_) row.values.push_back(key_of(record, key));
    row.line = text_.keep(line_of(record));
    flow.hold(row.line.size() + kLineOverhead + sizeof(Value) * keys_.size(), "sort");
    rows_.push_back(std::move(row));
  }

  void finish(Flow& flow, std::size_t next) override {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [this](const Row& a, const Row& b) { return is_before(a, b); });
    for (const Row& row : rows_) flow.push_line(row.line, next);
    rows_.clear();
  }

 private:
  struct Row {
    std::vector<Value> values;
    std::string_view line;
  };

  Value key_of(Record& record, const Key& key) {
    const Value value = record.get(key.field);
    if (key.is_time) {
      if (const auto time = to_time(value)) return Value::time(*time);
    }
    if (value.is_string()) return Value::string(text_.keep(value.text()));
    if (value.kind() == ValueKind::kJson) return Value::json(text_.keep(value.text()));
    return value;
  }

  bool is_before(const Row& a, const Row& b) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const Value& left = a.values[i];
      const Value& right = b.values[i];
      int sign = order(left, right);
      const bool last = sorts_last(left) || sorts_last(right);
      if (keys_[i].descending && !last) sign = -sign;
      if (sign != 0) return sign < 0;
    }
    return false;
  }

  std::vector<Key> keys_;
  std::vector<Row> rows_;
  Scratch text_;
};

}  // namespace

std::unique_ptr<Operator> make_head(const HeadStage& stage) {
  return std::make_unique<Head>(stage.count);
}

std::unique_ptr<Operator> make_tail(const TailStage& stage) {
  return std::make_unique<Tail>(stage.count);
}

std::unique_ptr<Operator> make_sort(const SortStage& stage, const StageContext& context) {
  std::vector<Sort::Key> keys;
  for (const auto& [field, descending] : stage.keys) {
    const Expr as_expression{{}, field};
    keys.push_back({context.fields.add(field), is_time(as_expression), descending});
  }
  return std::make_unique<Sort>(std::move(keys));
}

}  // namespace obs::lang
