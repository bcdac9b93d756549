// route and tee: records to other places. What takes them there is the caller's.

#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

class Branch final : public Operator {
 public:
  // Without a condition every record is copied; with one, those that meet it go there instead.
  Branch(ExpressionPtr condition, std::string address)
      : condition_(std::move(condition)), address_(std::move(address)) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    if (condition_ != nullptr) {
      Env env{record};
      const bool goes = condition_->test(env);
      if (env.error != nullptr) ++flow.counters().errors;
      if (!goes) return flow.push(record, next);
    }
    line_.clear();
    record.append_line(line_);
    line_.pop_back();
    ++flow.counters().sent;
    if (auto sent = flow.options().deliver(address_, line_); !sent) {
      flow.fail(std::move(sent).error());
    }
    if (condition_ != nullptr) return;
    ++flow.counters().created;
    flow.push(record, next);
  }

 private:
  ExpressionPtr condition_;
  std::string address_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Operator> make_route(const RouteStage& stage, const StageContext& context) {
  if (!context.options.deliver) return nullptr;
  ExpressionContext expressions = context.expressions();
  return std::make_unique<Branch>(compile_expression(*stage.condition, expressions), stage.address);
}

std::unique_ptr<Operator> make_tee(const TeeStage& stage, const StageContext& context) {
  if (!context.options.deliver) return nullptr;
  return std::make_unique<Branch>(nullptr, stage.address);
}

}  // namespace obs::lang
