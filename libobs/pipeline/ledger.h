// The ledger: for each signal and stage, what came in and what became of it.
//
//   received + created = sent + filtered + sampled + deduplicated + folded + rejected + failed +
//   buffered
//
// Requests that could not be decoded have no records to count: they are counted apart, in requests
// and bytes. The ledger is on /metrics as obs_ledger_records_total{stage,signal,outcome} and
// obs_ledger_undecodable_{requests,bytes}_total{stage,reason}, and the sum closing is what tests
// end with.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "libobs/base/metrics.h"
#include "libobs/model/batch.h"

namespace obs::pipeline {

enum class Outcome : std::uint8_t {
  kReceived,
  kCreated,
  kSent,
  kFiltered,
  kSampled,
  kDeduplicated,
  kFolded,
  kRejected,
  kFailed,
};
inline constexpr std::size_t kOutcomeCount = 9;
std::string_view to_string(Outcome outcome);

// One stage's counts: a receiver, a transform, a sink. Any thread; counting is one atomic add.
//
// Two ledgers of the same stage and registry are the same numbers.
class Ledger {
 public:
  // The registry outlives the ledger.
  Ledger(Registry& registry, std::string_view stage);

  void count(model::Signal signal, Outcome outcome, std::uint64_t records);
  // A request that held nobody knows how many records. `reason` is one of a few words; it becomes
  // a label.
  void count_undecodable(std::string_view reason, std::uint64_t bytes);

  std::uint64_t value(model::Signal signal, Outcome outcome) const;
  // Records taken in and not yet settled: what closes the sum. Never negative once the stage is
  // idle; then 0.
  std::int64_t buffered(model::Signal signal) const;
  // True when nothing is buffered for any signal.
  bool closes() const;
  // Requests that this object was told could not be decoded.
  std::uint64_t undecodable_requests() const;
  // "logs: received 10 = sent 9 + rejected 1; spans: …; undecodable: 2 requests, 345 bytes": the
  // final line of -v. Signals and outcomes of which there were none are left out.
  std::string summary() const;

 private:
  Registry& registry_;
  std::string stage_;
  std::array<std::array<Counter*, kOutcomeCount>, model::kSignalCount> counters_{};
  std::atomic<std::uint64_t> undecodable_requests_{0};
  std::atomic<std::uint64_t> undecodable_bytes_{0};
};

}  // namespace obs::pipeline
