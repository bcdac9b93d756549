// tailsample: keeps whole traces, by what is in them.

#include <algorithm>

#include "libobs/lang/fields.h"
#include "libobs/lang/stage.h"
#include "libobs/lang/tail_sample.h"

namespace obs::lang {
namespace {

// The alternatives of `a or b or c`, each a policy of its own, so that a trace can say which it
// met.
void split_policies(const Expr& condition, std::vector<const Expr*>& out) {
  const auto* operation = std::get_if<Operation>(&condition.node);
  if (operation == nullptr || operation->op != Op::kOr) {
    out.push_back(&condition);
    return;
  }
  for (const ExprPtr& operand : operation->operands) split_policies(*operand, out);
}

TailSampleOptions to_options(const TailSampleStage& stage, const EngineOptions& options) {
  TailSampleOptions sampling;
  sampling.wait = stage.wait;
  sampling.otherwise = stage.otherwise;
  sampling.traces_per_second = stage.traces_per_second;
  sampling.max_bytes = std::min(sampling.max_bytes, options.memory / 2);
  return sampling;
}

class TailSample final : public Operator {
 public:
  TailSample(const TailSampleStage& stage, const StageContext& context)
      : sampler_(to_options(stage, context.options)),
        trace_id_(context.fields.add(resolve_name("trace_id", false))),
        time_(context.fields.add(resolve_name("time", false))),
        trace_state_(plan_field(resolve_name("trace_state", false))),
        threshold_(plan_field({FieldRef::Root::kAttributes, std::string(kThresholdAttribute)})),
        policy_(plan_field({FieldRef::Root::kAttributes, "tailsampling.policy"})) {
    std::vector<const Expr*> policies;
    split_policies(*stage.keep, policies);
    ExpressionContext expressions = context.expressions();
    for (const Expr* policy : policies) {
      policies_.push_back(compile_expression(*policy, expressions));
    }
  }

  // A record of no trace is not sampled.
  void push(Record& record, Flow& flow, std::size_t next) override {
    const Value key = record.get(trace_id_);
    model::TraceId id;
    if (!key.is_string() || !model::parse_id(key.text(), id)) return flow.push(record, next);
    const auto time = to_time(record.get(time_));
    if (time) now_ = std::max(now_, *time);
    const std::uint32_t policy = first_met(record, flow);
    line_.clear();
    record.append_line(line_);
    line_.pop_back();
    sampler_.add(id, line_, policy, now_, decided_);
    hand_on(flow, next);
  }

  void finish(Flow& flow, std::size_t next) override {
    sampler_.finish(decided_);
    hand_on(flow, next);
  }

 private:
  std::uint32_t first_met(Record& record, Flow& flow) {
    Env env{record};
    for (std::size_t i = 0; i < policies_.size(); ++i) {
      if (policies_[i]->test(env)) return static_cast<std::uint32_t>(i);
    }
    if (env.error != nullptr) ++flow.counters().errors;
    return TailSampler::kNoPolicy;
  }

  void hand_on(Flow& flow, std::size_t next) {
    for (const TailSampler::Decided& decided : decided_) {
      if (!decided.decision.keep) {
        ++flow.counters().sampled;
        continue;
      }
      Record& record = flow.spare(decided.span, next);
      explain(record, decided.decision);
      flow.push(record, next);
    }
    decided_.clear();
  }

  // Says in the record why it is kept, and how many it stands for.
  void explain(Record& record, const TailDecision& decision) {
    if (decision.reason == TailReason::kPolicy) {
      record.set(policy_, Value::integer(decision.policy + 1));
      return;
    }
    if (decision.threshold == 0) return;
    const bool is_span = record.line().starts_with(R"({"signal":"span")");
    if (!is_span) {
      text_ = threshold_text(decision.threshold);
      return record.set(threshold_, Value::string(text_));
    }
    const Value state = trace_state_of(record);
    text_ =
        with_threshold(state.is_string() ? state.text() : std::string_view(), decision.threshold);
    record.set(trace_state_, Value::string(text_));
  }

  Value trace_state_of(Record& record) {
    std::string_view json = record.find_json(trace_state_);
    const bool is_text = json.size() >= 2 && json.front() == '"';
    return is_text ? Value::string(json.substr(1, json.size() - 2)) : Value();
  }

  TailSampler sampler_;
  std::vector<ExpressionPtr> policies_;
  std::size_t trace_id_;
  std::size_t time_;
  FieldPlan trace_state_;
  FieldPlan threshold_;
  FieldPlan policy_;
  Timestamp now_ = 0;
  std::string line_;
  std::string text_;
  std::vector<TailSampler::Decided> decided_;
};

}  // namespace

std::unique_ptr<Operator> make_tail_sample(const TailSampleStage& stage,
                                           const StageContext& context) {
  return std::make_unique<TailSample>(stage, context);
}

}  // namespace obs::lang
