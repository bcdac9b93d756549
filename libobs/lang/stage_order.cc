// head and tail: the stages for which the order of records is everything.

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

}  // namespace

std::unique_ptr<Operator> make_head(const HeadStage& stage) {
  return std::make_unique<Head>(stage.count);
}

std::unique_ptr<Operator> make_tail(const TailStage& stage) {
  return std::make_unique<Tail>(stage.count);
}

}  // namespace obs::lang
