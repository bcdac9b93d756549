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
  Sort(std::vector<Key> keys, std::uint64_t wanted) : keys_(std::move(keys)), wanted_(wanted) {}

  void push(Record& record, Flow& flow, std::size_t) override {
    Row row;
    for (const Key& key : keys_) row.values.push_back(key_of(record, key));
    row.line = text_->keep(line_of(record));
    const std::size_t bytes = row.line.size() + kLineOverhead + sizeof(Value) * keys_.size();
    flow.hold(bytes, "sort");
    held_ += bytes;
    rows_.push_back(std::move(row));
    if (wanted_ < kMostWanted && rows_.size() >= 2 * wanted_ + kLeastCut) cut(flow);
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

  // With a `head` behind, only so many of the first need to be kept: now and then the others go.
  static constexpr std::uint64_t kMostWanted = 100'000;
  static constexpr std::uint64_t kLeastCut = 1000;

  void cut(Flow& flow) {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [this](const Row& a, const Row& b) { return is_before(a, b); });
    flow.counters().filtered += rows_.size() - wanted_;
    rows_.resize(wanted_);
    flow.release(std::exchange(held_, 0));
    auto text = std::make_unique<Scratch>();
    for (Row& row : rows_) {
      row.line = text->keep(row.line);
      for (Value& value : row.values) value = kept(value, *text);
      held_ += row.line.size() + kLineOverhead + sizeof(Value) * keys_.size();
    }
    flow.hold(held_, "sort");
    text_ = std::move(text);
  }

  static Value kept(const Value& value, Scratch& text) {
    if (value.is_string()) return Value::string(text.keep(value.text()));
    return value.kind() == ValueKind::kJson ? Value::json(text.keep(value.text())) : value;
  }

  Value key_of(Record& record, const Key& key) {
    const Value value = record.get(key.field);
    if (key.is_time) {
      if (const auto time = to_time(value)) return Value::time(*time);
    }
    return kept(value, *text_);
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
  std::uint64_t wanted_;
  std::vector<Row> rows_;
  std::unique_ptr<Scratch> text_ = std::make_unique<Scratch>();
  std::size_t held_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_head(const HeadStage& stage) {
  return std::make_unique<Head>(stage.count);
}

std::unique_ptr<Operator> make_tail(const TailStage& stage) {
  return std::make_unique<Tail>(stage.count);
}

std::unique_ptr<Operator> make_sort(const SortStage& stage, std::uint64_t wanted,
                                    const StageContext& context) {
  std::vector<Sort::Key> keys;
  for (const auto& [field, descending] : stage.keys) {
    const Expr as_expression{{}, field};
    keys.push_back({context.fields.add(field), is_time(as_expression), descending});
  }
  return std::make_unique<Sort>(std::move(keys), wanted);
}

}  // namespace obs::lang
