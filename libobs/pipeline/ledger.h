// The ledger: for each signal and stage, what came in and what became of it.
//
//   received + created = sent + filtered + sampled + deduplicated + folded + rejected + failed +
//   buffered
//
// Requests that could not be decoded have no records to count: they are counted apart, in requests
// and bytes. The ledger is on /metrics as obs_ledger_records_total{stage,signal,outcome}, and the
// sum closing is what tests end with.

#pragma once

#include <array>
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

// One stage's counts: a receiver, a transform, a sink. Any thread.
class Ledger {
 public:
  Ledger(Registry& registry, std::string_view stage);

  void count(model::Signal signal, Outcome outcome, std::uint64_t records);
  void count_undecodable(std::string_view reason, std::uint64_t bytes);

  std::uint64_t value(model::Signal signal, Outcome outcome) const;
  // Records taken in and not yet settled: what closes the sum. Never negative once the stage is
  // idle; then 0.
  std::int64_t buffered(model::Signal signal) const;
  // True when nothing is buffered for any signal.
  bool closes() const;
  // "logs: received 10 = sent 9 + rejected 1; spans: …": the final line of -v.
  std::string summary() const;

 private:
  Registry& registry_;
  std::string stage_;
  std::array<std::array<Counter*, kOutcomeCount>, model::kSignalCount> counters_{};
};

}  // namespace obs::pipeline
