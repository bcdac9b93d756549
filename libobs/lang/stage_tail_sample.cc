// tailsample: keeps whole traces, by what is in them.

#include <algorithm>

#include "libobs/lang/fields.h"
#include "libobs/lang/stage.h"
#include "libobs/lang/tail_policies.h"

namespace obs::lang {
namespace {

// Which conditions a record meets, and of which trace it is.
class Meeting {
 public:
  Meeting(const TailSampleStage& stage, const StageContext& context)
      : trace_id_(context.fields.add(resolve_name("trace_id", false))) {
    ExpressionContext expressions = context.expressions();
    for (const TailPolicy& policy : tail_policies(stage)) {
      for (const Expr* condition : policy.conditions) {
        conditions_.push_back(compile_expression(*condition, expressions));
      }
    }
  }

  // False for a record of no trace.
  bool find_trace(Record& record, model::TraceId& id) const {
    const Value key = record.get(trace_id_);
    return key.is_string() && model::parse_id(key.text(), id);
  }

  // As bits.
  std::uint64_t met_by(Record& record, Flow& flow) const {
    Env env{record};
    std::uint64_t met = 0;
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
      if (conditions_[i]->test(env)) met |= std::uint64_t{1} << i;
    }
    if (met == 0 && env.error != nullptr) ++flow.counters().errors;
    return met;
  }

 private:
  std::vector<ExpressionPtr> conditions_;
  std::size_t trace_id_;
};

// Says in a record why it is kept, and how many it stands for.
class Explanation {
 public:
  explicit Explanation(const TailSampleStage& stage)
      : policies_(stage.policies),
        trace_state_(plan_field(resolve_name("trace_state", false))),
        threshold_(plan_field({FieldRef::Root::kAttributes, std::string(kThresholdAttribute)})),
        policy_(plan_field({FieldRef::Root::kAttributes, "tailsampling.policy"})),
        reason_(plan_field({FieldRef::Root::kAttributes, "tailsampling.reason"})) {}

  void write(Record& record, const TailDecision& decision) {
    if (decision.reason == TailReason::kPolicy) {
      record.set(policy_, Value::integer(decision.policy + 1));
      // The program may have changed since the policy was met.
      const bool is_known = decision.policy < policies_.size();
      if (is_known) record.set(reason_, Value::string(policies_[decision.policy]));
      return;
    }
    record.set(reason_, Value::string("else"));
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

 private:
  Value trace_state_of(Record& record) {
    std::string_view json = record.find_json(trace_state_);
    const bool is_text = json.size() >= 2 && json.front() == '"';
    return is_text ? Value::string(json.substr(1, json.size() - 2)) : Value();
  }

  std::vector<std::string> policies_;
  FieldPlan trace_state_;
  FieldPlan threshold_;
  FieldPlan policy_;
  FieldPlan reason_;
  std::string text_;
};

// The line of a record, as it leaves.
void copy_line(Record& record, std::string& line) {
  line.clear();
  record.append_line(line);
  line.pop_back();
}

// All the work: on a stream.
class TailSample final : public Operator {
 public:
  TailSample(const TailSampleStage& stage, const StageContext& context)
      : sampler_(tail_options(stage, context.options.memory)),
        meeting_(stage, context),
        explanation_(stage),
        time_(context.fields.add(resolve_name("time", false))) {}

  // A record of no trace is not sampled.
  void push(Record& record, Flow& flow, std::size_t next) override {
    model::TraceId id;
    if (!meeting_.find_trace(record, id)) return flow.push(record, next);
    const auto time = to_time(record.get(time_));
    if (time) now_ = std::max(now_, *time);
    const std::uint64_t met = meeting_.met_by(record, flow);
    copy_line(record, line_);
    sampler_.add(id, line_, met, now_, decided_);
    hand_on(flow, next);
  }

  void finish(Flow& flow, std::size_t next) override {
    sampler_.finish(decided_);
    hand_on(flow, next);
  }

 private:
  void hand_on(Flow& flow, std::size_t next) {
    for (const TailSampler::Decided& decided : decided_) {
      if (!decided.decision.keep) {
        ++flow.counters().sampled;
        continue;
      }
      Record& record = flow.spare(decided.span, next);
      explanation_.write(record, decided.decision);
      flow.push(record, next);
    }
    decided_.clear();
  }

  TailSampler sampler_;
  Meeting meeting_;
  Explanation explanation_;
  std::size_t time_;
  Timestamp now_ = 0;
  std::string line_;
  std::vector<TailSampler::Decided> decided_;
};

// In a receiver, before the records wait.
class TailMeet final : public Operator {
 public:
  TailMeet(const TailSampleStage& stage, const StageContext& context) : meeting_(stage, context) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    MetLine met;
    if (!meeting_.find_trace(record, met.trace)) return flow.push(record, next);
    met.conditions = meeting_.met_by(record, flow);
    copy_line(record, line_);
    met.record = line_;
    text_.clear();
    append_met(text_, met);
    flow.push_line(text_, next);
  }

 private:
  Meeting meeting_;
  std::string line_;
  std::string text_;
};

// In a receiver, when they are kept.
class TailKeep final : public Operator {
 public:
  explicit TailKeep(const TailSampleStage& stage) : explanation_(stage) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    const auto kept = parse_kept(record.line());
    if (!kept) return flow.push(record, next);  // Of no trace.
    Record& inner = flow.spare(kept->record, next);
    explanation_.write(inner, kept->decision);
    flow.push(inner, next);
  }

 private:
  Explanation explanation_;
};

}  // namespace

std::unique_ptr<Operator> make_tail_sample(const TailSampleStage& stage,
                                           const StageContext& context) {
  using Part = TailSampleStage::Part;
  if (stage.part == Part::kMeet) return std::make_unique<TailMeet>(stage, context);
  if (stage.part == Part::kKeep) return std::make_unique<TailKeep>(stage);
  return std::make_unique<TailSample>(stage, context);
}

}  // namespace obs::lang
