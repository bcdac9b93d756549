// The engine: a program compiled once, then run over chunks of lines by any number of threads.
//
//   OBS_TRY(Plan plan, compile(program, options));
//   Lane lane(plan);                 // one a thread: stages without memory, partial aggregates
//   lane.run(chunk, number, out);    // any order, any thread, its own lane
//   Finish finish(plan);             // one: stages with memory, in the order of the chunks
//   finish.push(out, final);  …  finish.merge(lane);  …  finish.finish(final);
//
// The bytes that come out are the same for every number of threads and every cut into chunks.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/redact_find.h"

namespace obs::lang {

struct EngineOptions {
  Timestamp now = 0;          // now(), age, and times such as -1h.
  bool strict = false;        // A line that is no JSON is an error, not a body.
  bool skip_invalid = false;  // … or is left out and counted.
  // Longer lines are left out and counted.
  std::size_t max_line = 64 * kMiB;
  std::string redact_key;  // The secret of `redact … with hash`.
  // What the stages that gather may hold together. sort, stats and top put what is more into a
  // temporary file; tail, dedup and throttle fail.
  std::size_t memory = kGiB;
  // Takes a line of `route` or `tee` to its address. Called in order, one at a time. Without it
  // programs with such stages are refused.
  std::function<Result<void>(std::string_view address, std::string_view line)> deliver;
};

// What became of the records. received + created = sent + filtered + folded + …
struct Counters {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::uint64_t filtered = 0;  // where, head, tail, throttle.
  std::uint64_t folded = 0;    // stats, top, dedup.
  std::uint64_t created = 0;   // unroll, rows of stats.
  std::uint64_t invalid = 0;   // Lines that are no JSON, when that is not allowed.
  std::uint64_t too_long = 0;
  std::uint64_t late = 0;     // Of the folded ones: came after their window was closed.
  std::uint64_t sampled = 0;  // sample, tailsample.
  std::array<std::uint64_t, kSecretKinds> redacted{};  // Secrets, by what they are.
  std::uint64_t errors = 0;                            // Records on which a stage failed.
  Counters& operator+=(const Counters& other);
  Counters operator*(std::uint64_t times) const;
};

// A line that ended a strict run, or state beyond the bound.
struct RunError {
  Error error;
  std::size_t line = 0;    // In the chunk, from 0; kNoLine when no line is to blame.
  std::size_t offset = 0;  // In the line.
  static constexpr std::size_t kNoLine = SIZE_MAX;
};

}  // namespace obs::lang

namespace obs {

inline Failure<lang::RunError> fail(lang::RunError error) { return {std::move(error)}; }

}  // namespace obs

namespace obs::lang {

class Plan {
 public:
  struct Parts;
  explicit Plan(std::unique_ptr<Parts> parts);
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

  const Parts& parts() const { return *parts_; }
  // For people: what is prefiltered, which fields are read, what runs in parallel.
  std::string explain() const;
  // Output is rows of a table: the last stage but sort, head and the like is stats or top.
  bool makes_rows() const;
  // Output is lines of text: there is a `format`.
  bool makes_text() const;
  // The addresses of `route` and `tee`.
  std::vector<std::string> addresses() const;
  // Nothing comes out before the input ends, unless asked for.
  bool waits_for_end() const;

 private:
  std::unique_ptr<Parts> parts_;
};

// kUnsupported, with the stage's position, for what cannot run here.
Result<Plan, Diagnostic> compile(Program program, const EngineOptions& options);

// What runs before the first stage that needs records in order. Not thread-safe: one a thread.
class Lane {
 public:
  // One of so many; each may hold its part of EngineOptions::memory.
  explicit Lane(const Plan& plan, unsigned lanes = 1);
  ~Lane();
  Lane(Lane&&) noexcept;

  // `lines` are whole lines, each with its newline but perhaps the last; kScanPadding readable
  // bytes follow. Appends lines to `out`: the result, or what Finish::push() takes. `chunk` is the
  // chunk's number, by which first() and last() know their order.
  Result<void, RunError> run(std::string_view lines, std::uint64_t chunk, std::string& out);
  // The same where each line stands for so many records, of which no stage minds which came first.
  // Leaves in `copies` what the lines in `out` stand for.
  Result<void, RunError> run(std::string_view lines, std::uint64_t chunk, std::string& out,
                             std::vector<std::uint64_t>& copies);
  const Counters& counters() const;
  // Lines of the last chunk that were looked at.
  std::size_t lines_run() const;

 private:
  friend class Finish;
  struct State;
  std::unique_ptr<State> state_;
};

// What runs in order. Not thread-safe.
class Finish {
 public:
  // Behind so many lanes.
  explicit Finish(const Plan& plan, unsigned lanes = 1);
  ~Finish();
  Finish(Finish&&) noexcept;

  // Takes what a lane made of a chunk, in the order of the chunks. Without stages that need order
  // the lines go to `out` as they are. Empties `lines`.
  // `copies`: what Lane::run() left there; empty: each line is one record.
  Result<void, RunError> push(std::string& lines, std::string& out,
                              std::span<const std::uint64_t> copies = {});
  // True once nothing further can come out: head has its records.
  bool done() const;
  // Takes over a lane's partial aggregates and counters, between two of its chunks; after its last
  // one at the latest.
  Result<void, RunError> merge(Lane& lane);
  // What the rows would be if the input were over. False when the program makes none.
  bool preview(std::string& out);
  // The input is over. With `drain` what comes out goes there in pieces, and the last to `out`.
  using Drain = std::function<Result<void>(std::string& lines)>;
  Result<void, RunError> finish(std::string& out, const Drain& drain = {});
  // Counters of everything: merged lanes and this.
  const Counters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obs::lang
