// redact: takes secrets out of records.

#include "libobs/lang/redact_line.h"
#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

class Redact final : public Operator {
 public:
  explicit Redact(Redactor redactor) : redactor_(std::move(redactor)) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    std::string_view line = record.line();
    if (record.is_changed()) {
      line_.clear();
      record.append_line(line_);
      line_.pop_back();
      line = line_;
    }
    redacted_.clear();
    RedactCounts counts;
    if (!redactor_.redact_line(line, work_, redacted_, counts)) return flow.push(record, next);
    for (std::size_t i = 0; i < counts.found.size(); ++i) {
      flow.counters().redacted[i] += counts.found[i];
    }
    flow.push_line(redacted_, next);
  }

 private:
  Redactor redactor_;
  std::string line_;
  std::string redacted_;
  RedactWork work_;
};

}  // namespace

std::unique_ptr<Operator> make_redact(const RedactStage& stage, const StageContext& context) {
  auto redactor = Redactor::make(stage, context.options.redact_key);
  if (!redactor) return nullptr;
  return std::make_unique<Redact>(std::move(*redactor));
}

}  // namespace obs::lang
