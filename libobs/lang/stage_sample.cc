// sample: keeps a share of the records, consistently, and says in each how many it stands for.

#include "libobs/base/text.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/sampling.h"
#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

class Sample final : public Operator {
 public:
  Sample(const SampleStage& stage, const StageContext& context)
      : sampler_(stage.ratio),
        by_trace_(!stage.by || *stage.by == resolve_name("trace_id", false)),
        by_(context.fields.add(stage.by.value_or(resolve_name("trace_id", false)))),
        signal_(context.fields.add(resolve_name("signal", false))),
        trace_state_(context.fields.add(kTraceState)),
        threshold_(context.fields.add(kThreshold)),
        randomness_(context.fields.add(kRandomness)),
        trace_state_plan_(plan_field(kTraceState)),
        threshold_plan_(plan_field(kThreshold)),
        randomness_plan_(plan_field(kRandomness)) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    const Value signal = record.get(signal_);
    const bool is_span = signal.is_string() && signal.text() == "span";
    const TraceSampling said = sampling_of(record, is_span);
    const std::uint64_t randomness = randomness_for(record, said);
    // What was sampled by this very key before was compared with the same randomness.
    const bool is_same = is_span ? by_trace_ : said.randomness == randomness;
    const auto decision = sampler_.decide(randomness, said.threshold, is_same);
    if (!decision.keep) {
      ++flow.counters().sampled;
      return;
    }
    write(record, is_span, decision.threshold, randomness);
    flow.push(record, next);
  }

 private:
  static inline const FieldRef kTraceState{FieldRef::Root::kAny, "trace_state"};
  static inline const FieldRef kThreshold{FieldRef::Root::kAttributes,
                                          std::string(kThresholdAttribute)};
  static inline const FieldRef kRandomness{FieldRef::Root::kAttributes,
                                           std::string(kRandomnessAttribute)};

  TraceSampling sampling_of(Record& record, bool is_span) const {
    if (is_span) {
      const Value state = record.get(trace_state_);
      return state.is_string() ? parse_trace_sampling(state.text()) : TraceSampling{};
    }
    const Value threshold = record.get(threshold_);
    const Value randomness = record.get(randomness_);
    TraceSampling said;
    if (threshold.is_string()) said.threshold = parse_threshold(threshold.text());
    if (randomness.is_string()) said.randomness = parse_randomness(randomness.text());
    return said;
  }

  std::uint64_t randomness_for(Record& record, const TraceSampling& said) const {
    const Value key = record.get(by_);
    if (by_trace_) {
      if (said.randomness) return *said.randomness;
      model::TraceId id;
      if (key.is_string() && model::parse_id(key.text(), id)) return randomness_of(id);
    }
    // A record without its key is sampled by itself.
    if (key.is_missing()) return randomness_of(record.line());
    return randomness_of(to_text(key, record.scratch()));
  }

  void write(Record& record, bool is_span, std::uint64_t threshold, std::uint64_t randomness) {
    if (threshold == 0) return;  // Everything is kept: nothing to tell.
    if (is_span) {
      const Value state = record.get(trace_state_);
      text_ = with_threshold(state.is_string() ? state.text() : std::string_view(), threshold);
      return record.set(trace_state_plan_, Value::string(text_));
    }
    text_ = threshold_text(threshold);
    record.set(threshold_plan_, Value::string(text_));
    text_ = randomness_text(randomness);
    record.set(randomness_plan_, Value::string(text_));
  }

  Sampler sampler_;
  bool by_trace_;
  std::size_t by_;
  std::size_t signal_;
  std::size_t trace_state_;
  std::size_t threshold_;
  std::size_t randomness_;
  FieldPlan trace_state_plan_;
  FieldPlan threshold_plan_;
  FieldPlan randomness_plan_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Operator> make_sample(const SampleStage& stage, const StageContext& context) {
  return std::make_unique<Sample>(stage, context);
}

}  // namespace obs::lang
