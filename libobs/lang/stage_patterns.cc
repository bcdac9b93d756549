// patterns: the templates of a text field, with how many records each has.

#include "libobs/base/text.h"
#include "libobs/lang/log_patterns.h"
#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

class Patterns final : public Operator {
 public:
  explicit Patterns(std::size_t field) : field_(field) {}

  void push(Record& record, Flow& flow, std::size_t) override {
    const Value value = record.get(field_);
    if (value.is_missing()) {
      ++flow.counters().filtered;
      return;
    }
    ++flow.counters().folded;
    patterns_.add(to_text(value, record.scratch()), 1, flow.next_ordinal());
  }

  void finish(Flow& flow, std::size_t next) override {
    std::string line;
    for (const LogPatterns::Pattern& pattern : patterns_.patterns()) {
      ++flow.counters().created;
      line = "{\"pattern\":";
      append_json_string(line, pattern.text);
      line += ",\"count\":";
      append_int(line, static_cast<std::int64_t>(pattern.count));
      line += ",\"example\":";
      append_json_string(line, pattern.example);
      line += '}';
      flow.push_line(line, next);
    }
  }

 private:
  std::size_t field_;
  LogPatterns patterns_;
};

}  // namespace

std::unique_ptr<Operator> make_patterns(const PatternsStage& stage, const StageContext& context) {
  return std::make_unique<Patterns>(context.fields.add(stage.field));
}

}  // namespace obs::lang
