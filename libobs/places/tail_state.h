// The undecided records of a receiver's `tailsample`, as a machine that is fed changes as bytes.
//
// A change is written to a journal (tail_journal.h) before it is applied, and applied again when
// the journal is read: so what is decided, and how the decided records are put together, is the
// same however often the process ends in between. Pure: no clock, no files.
//
//   change := take | advance | options | sent
//   take    := 'T' signal batch-id n(record)     record := trace-id conditions size line
//   advance := 'A' now                           time has passed
//   options := 'O' wait otherwise rate n(rate) n(policy)   another program; no limit is infinity
//   policy  := conditions index                  of the rate before that it shares
//   sent    := 'S' output                        its records have been acknowledged
//
// Integers are little-endian: times, numbers of outputs, conditions (as bits) and shares have 64
// bits, the rest 32, the signal 8; n(x) is a count and so many x.

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/byte_order.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/lang/tail_sample.h"
#include "libobs/model/batch.h"

namespace obs::places {

// A record of a trace, and the conditions it meets, as bits.
struct TailRecord {
  model::TraceId trace;
  std::uint64_t conditions = 0;
  std::string_view line;
};

// Records that are kept, decided at about the same time. The number never comes again.
struct TailOutput {
  std::uint64_t number = 0;
  Timestamp decided = 0;
  std::string lines;  // As lang::append_kept() has them, each with its newline.
  std::array<std::uint64_t, model::kSignalCount> records{};
};

// What applying a change decided.
struct TailDecided {
  std::array<std::uint64_t, model::kSignalCount> dropped{};  // Records.
  struct Traces {
    lang::TailReason reason;
    std::uint32_t policy;
    bool early;
  };
  std::vector<Traces> traces;  // One each.
  std::uint64_t late = 0;      // Records that came after the decision.
};

void append_take(std::string& out, model::Signal signal, const model::BatchId& id,
                 std::span<const TailRecord> records);
void append_advance(std::string& out, Timestamp now);
void append_options(std::string& out, const lang::TailSampleOptions& options);
void append_sent(std::string& out, std::uint64_t output);

// Not thread-safe.
class TailState {
 public:
  // Ids of batches are remembered as long as a sender may try again; so many at most.
  static constexpr Duration kRetryWindow = 10 * kMinute;
  static constexpr std::size_t kMaxIds = 200'000;
  // Time advances in steps, so that what is decided in one of them leaves together.
  static constexpr Duration kStep = 100 * kMillisecond;
  // More than this begins another output.
  static constexpr std::size_t kMaxOutput = std::size_t{4} << 20;

  explicit TailState(const lang::TailSampleOptions& options)
      : options_(options), sampler_(options) {}

  // kMalformed, with nothing changed, for bytes that are no change.
  Result<TailDecided, ParseError> apply(std::string_view change);

  // Whether a batch of that id has been taken.
  bool has_taken(const model::BatchId& id) const { return taken_.contains(id); }
  // When there is something to advance for; nullopt while nothing waits.
  std::optional<Timestamp> next_due() const;
  Timestamp now() const { return sampler_.now(); }
  // Decided, and not sent.
  const std::map<std::uint64_t, TailOutput>& outputs() const { return outputs_; }
  // Records that are undecided or not sent.
  const std::array<std::uint64_t, model::kSignalCount>& held() const { return held_; }
  std::size_t traces() const { return sampler_.traces(); }
  std::size_t bytes() const { return sampler_.bytes() + output_bytes_ + open_.lines.size(); }

  // All of it. restore() leaves everything as it is when it fails: kMalformed.
  std::string save() const;
  Result<void, ParseError> restore(std::string_view saved);

 private:
  void settle(std::vector<lang::TailSampler::Decided>& decided, TailDecided& out);
  void close_output();
  void remember(const model::BatchId& id);
  void use(const lang::TailSampleOptions& options);
  bool is_consistent() const;
  void mark_sent(std::uint64_t output);

  lang::TailSampleOptions options_;
  lang::TailSampler sampler_;
  TailOutput open_;  // Decided since the last step.
  std::uint64_t next_output_ = 1;
  std::map<std::uint64_t, TailOutput> outputs_;
  std::size_t output_bytes_ = 0;
  std::array<std::uint64_t, model::kSignalCount> held_{};
  std::set<model::BatchId> taken_;
  std::deque<std::pair<Timestamp, model::BatchId>> taken_order_;
};

}  // namespace obs::places
