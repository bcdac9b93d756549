// Tail sampling: whether a trace is kept is decided when most of its spans are there.
//
// Spans wait, trace by trace, for a while after the first of them. Then the trace is kept whole
// when it meets a policy: when each of the policy's conditions (an error, a long duration, an
// attribute: whatever the caller tests) was met by one of its spans. The first policy that has not
// used up its limit keeps it, as far as the limit of all of them allows; of the others a share is
// kept, consistently with every other tool (sampling.h). Spans that come later follow the decision.
// The sampler knows no clock: time is what the caller says, and never goes back.
//
// Memory is bounded: beyond the bounds the oldest traces are decided early, with what there is.
// The state, undecided spans included, can be saved and restored, so that a restart changes no
// decision.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/lang/sampling.h"
#include "libobs/model/ids.h"

namespace obs::lang {

struct TailSampleOptions {
  static constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  struct Policy {
    std::uint64_t conditions = 0;  // Bit i: condition i.
    std::uint32_t limit = 0;       // Index into `limits`; policies may share one.
  };
  Duration wait = 10 * kSecond;
  double otherwise = 0;                     // Share of the traces that meet no policy.
  std::optional<double> traces_per_second;  // Of those that meet one; bursts of a second's worth.
  std::vector<Policy> policies = {};        // None: each condition is one, without a limit.
  std::vector<double> limits = {};          // Likewise traces a second, of policies.
  std::size_t max_traces = 100'000;         // Undecided ones.
  std::size_t max_bytes = std::size_t{256} << 20;  // Of their spans.
  std::size_t remembered = 200'000;                // Decisions, for late spans.
};

// Why a span is kept, or not.
enum class TailReason : std::uint8_t {
  kPolicy,    // A span of the trace met one.
  kShare,     // The trace fell into the share of the others.
  kNoPolicy,  // Dropped: neither.
  kRate,      // Dropped: policies were met, but more often than allowed.
};

struct TailDecision {
  bool keep = false;
  TailReason reason = TailReason::kNoPolicy;
  std::uint32_t policy = 0;     // kPolicy: the one that keeps it. kRate: the first that was met.
  std::uint64_t threshold = 0;  // kShare: what the trace stands for (adjusted_count()).
  bool early = false;           // Before the wait was over, for lack of memory.
};
// "policy 2", "share of the others": for --explain, with the caller's own name of the policy.
std::string to_text(const TailDecision& decision, std::string_view policy_name);

// Not thread-safe.
class TailSampler {
 public:
  static constexpr std::uint32_t kNoPolicy = UINT32_MAX;

  explicit TailSampler(const TailSampleOptions& options);

  struct Decided {
    std::string span;
    TailDecision decision;
    bool is_first = false;  // Of its trace, which was decided now.
    bool is_late = false;   // Its trace was decided before it came.
  };

  // Takes a span, as any bytes, and the conditions it meets, as bits. Appends the spans whose
  // traces are decided by now, in the order in which those began, dropped ones too.
  void add(const model::TraceId& trace, std::string_view span, std::uint64_t conditions,
           Timestamp now, std::vector<Decided>& out);
  // Time passes.
  void advance(Timestamp now, std::vector<Decided>& out);
  // The input is over: decides all there is.
  void finish(std::vector<Decided>& out);

  // When time alone decides a trace next; nullopt while none waits.
  std::optional<Timestamp> next_due() const;
  // The time that add() and advance() were last told.
  Timestamp now() const { return now_; }
  // Other options from now on, for the traces that wait too.
  void set_options(const TailSampleOptions& options);

  std::size_t traces() const { return waiting_.size(); }
  std::size_t bytes() const { return bytes_; }
  // Of all that wait; in no order.
  void for_each_span(const std::function<void(std::string_view)>& visit) const;

  // Everything but the options. restore() replaces it: kMalformed, with nothing changed, for bytes
  // that save() did not write.
  std::string save() const;
  Result<void, ParseError> restore(std::string_view saved);

 private:
  // What a waiting span costs beside its bytes.
  static constexpr std::size_t kSpanCost = 64;

  struct Trace {
    Timestamp since = 0;
    std::uint64_t conditions = 0;  // That one of its spans met.
    std::vector<std::string> spans;
  };
  struct IdHash {
    std::size_t operator()(const model::TraceId& id) const;
  };
  template <class T>
  using ById = std::unordered_map<model::TraceId, T, IdHash>;

  void decide_oldest(bool early, std::vector<Decided>& out);
  TailDecision decide(const model::TraceId& id, const Trace& trace);
  // The first that is met and has something left of its limit; kNoPolicy when there is none.
  std::uint32_t choose(std::uint64_t conditions);
  std::uint32_t first_met(std::uint64_t conditions) const;
  void fit_buckets();
  double rate_of(std::size_t bucket) const;
  void fill(std::size_t bucket);
  void remember(const model::TraceId& id, const TailDecision& decision);

  TailSampleOptions options_;
  Sampler others_;
  ById<Trace> waiting_;
  std::deque<model::TraceId> order_;  // Of waiting_, oldest first.
  ById<TailDecision> decided_;
  std::deque<model::TraceId> decided_order_;
  std::size_t bytes_ = 0;
  Timestamp now_ = 0;
  // Fill with the rate of a limit, and hold a second's worth: the first is that of all policies,
  // the others are those of options_.limits.
  struct Bucket {
    double tokens = 0;
    Timestamp filled = 0;  // When tokens was right; 0 before the first time.
  };
  std::vector<Bucket> buckets_;
};

}  // namespace obs::lang
