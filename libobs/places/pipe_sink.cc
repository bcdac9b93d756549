#include "libobs/places/pipe_sink.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace obs::places {

using pipeline::Outcome;

namespace {

// Pieces on their way through the inner sink. Tells `done` once, when the last one is settled.
class Pieces {
 public:
  Pieces(std::size_t waiting, std::function<void(std::optional<Error>)> done)
      : done_(std::move(done)), waiting_(waiting) {}

  // One piece more is settled. The worst error counts: a retry cannot mend what failed for good.
  void settle(Result<void> outcome) {
    {
      const std::lock_guard lock(mutex_);
      const bool is_worse = !outcome && (!error_ || error_->code == Errc::kUnavailable);
      if (is_worse) error_ = std::move(outcome).error();
      if (--waiting_ > 0) return;
    }
    done_(std::move(error_));
  }

 private:
  std::function<void(std::optional<Error>)> done_;
  std::mutex mutex_;
  std::size_t waiting_;
  std::optional<Error> error_;
};

// What is counted when a batch is acknowledged.
struct Gone {
  std::uint64_t filtered;
  std::uint64_t sampled;
  std::uint64_t rejected;

  explicit Gone(const Processed& processed)
      : filtered(processed.filtered), sampled(processed.sampled), rejected(processed.rejected) {}

  void count(pipeline::Ledger& ledger, model::Signal signal, std::uint64_t records) const {
    ledger.count(signal, Outcome::kSent, records - filtered - sampled - rejected);
    ledger.count(signal, Outcome::kFiltered, filtered);
    ledger.count(signal, Outcome::kSampled, sampled);
    ledger.count(signal, Outcome::kRejected, rejected);
  }
};

std::size_t index_of(model::Signal signal) { return static_cast<std::size_t>(signal); }

}  // namespace

namespace {

Counter& programs_counter(Registry& registry, std::string_view outcome) {
  return registry.counter("obs_places_pipe_programs_loaded_total",
                          "Programs of --pipe-file read again, by what became of them.",
                          {{"outcome", outcome}});
}

}  // namespace

Result<void> check_state(const BatchProgram& program, const std::string& state) {
  if (program.tail() == nullptr || !state.empty()) return {};
  return fail(Errc::kInvalidArgument,
              "tailsample keeps records until it has decided, and must not lose them: give it a "
              "directory with --state DIR");
}

Result<std::unique_ptr<PipeSink>> PipeSink::open(std::unique_ptr<pipeline::Sink> inner,
                                                 ProgramPtr program, const std::string& state,
                                                 Registry& registry, Warn warn) {
  std::unique_ptr<TailKeeper> keeper;
  OBS_TRY_VOID(check_state(*program, state));
  if (const TailRules* rules = program->tail()) {
    TailKeeperOptions options;
    options.dir = state;
    OBS_TRY(keeper, TailKeeper::open(system_fs(), system_clock(), options, *rules, registry));
  }
  return std::make_unique<PipeSink>(std::move(inner), std::move(program), registry, std::move(warn),
                                    std::move(keeper));
}

PipeSink::PipeSink(std::unique_ptr<pipeline::Sink> inner, ProgramPtr program, Registry& registry,
                   Warn warn, std::unique_ptr<TailKeeper> keeper)
    : ledger_(registry, "pipe"),
      warn_(std::move(warn)),
      taken_(programs_counter(registry, "taken")),
      refused_(programs_counter(registry, "refused")),
      errors_(registry.counter("obs_places_pipe_errors_total",
                               "Records on which a stage of --pipe failed.")),
      program_(std::move(program)),
      keeper_(std::move(keeper)),
      inner_(std::move(inner)) {
  for (std::size_t i = 0; i < lang::kSecretKinds; ++i) {
    redacted_.push_back(
        &registry.counter("obs_places_pipe_secrets_redacted_total", "Secrets taken out by --pipe.",
                          {{"kind", lang::to_string(static_cast<lang::Secret>(i))}}));
  }
  if (keeper_) start_keeper();
}

// What an earlier process held counts as received by this one.
void PipeSink::start_keeper() {
  for (const model::Signal signal : model::kSignals) {
    ledger_.count(signal, Outcome::kReceived, keeper_->recovered()[index_of(signal)]);
  }
  TailKeeper::Hooks hooks;
  hooks.deliver = [this](const TailOutput& output, const model::BatchId& id, Done done) {
    deliver(output, id, std::move(done));
  };
  hooks.dropped = [this](const auto& records) {
    for (const model::Signal signal : model::kSignals) {
      ledger_.count(signal, Outcome::kSampled, records[index_of(signal)]);
    }
  };
  hooks.warn = [this](std::string_view message) {
    if (warn_) warn_(message);
  };
  keeper_->start(std::move(hooks));
}

PipeSink::~PipeSink() {
  if (keeper_) keeper_->close();
}

Result<void> PipeSink::close() {
  if (keeper_) keeper_->close();
  return inner_->close();
}

ProgramPtr PipeSink::program() const {
  const std::lock_guard lock(mutex_);
  return program_;
}

Result<void> PipeSink::replace(Result<ProgramPtr> program) {
  if (!program) {
    refused_.add();
    return fail(std::move(program).error());
  }
  const TailRules* const rules = (*program)->tail();
  if ((rules != nullptr) != (keeper_ != nullptr)) {
    refused_.add();
    return fail(Errc::kInvalidArgument,
                "tailsample comes and goes with a new start, not with a new program");
  }
  if (rules != nullptr) keeper_->use(*rules);
  ProgramPtr old = std::move(*program);  // Goes outside the lock.
  {
    const std::lock_guard lock(mutex_);
    program_.swap(old);
    has_warned_ = false;
  }
  taken_.add();
  return {};
}

void PipeSink::write(model::BatchPtr batch, pipeline::Ack ack) {
  const std::uint64_t received = batch->size();
  ledger_.count(batch->signal, Outcome::kReceived, received);
  auto processed = program()->run(batch);
  if (!processed) {
    ledger_.count(batch->signal, Outcome::kFailed, received);
    return ack(fail(std::move(processed).error().during("run the program of --pipe")));
  }
  count(*processed);
  const std::uint64_t undecided = processed->undecided.size();
  const std::size_t waiting = processed->batches.size() + (undecided > 0 ? 1 : 0);
  const auto done = [this, ack = std::move(ack), signal = batch->signal, gone = Gone(*processed),
                     records = received - undecided](std::optional<Error> error) {
    if (error) {
      ledger_.count(signal, Outcome::kFailed, records);
      return ack(fail(std::move(*error)));
    }
    gone.count(ledger_, signal, records);
    ack({});
  };
  if (waiting == 0) return done(std::nullopt);
  const auto pieces = std::make_shared<Pieces>(waiting, done);
  const auto settle = [pieces](Result<void> outcome) { pieces->settle(std::move(outcome)); };
  if (undecided > 0) hand_over(*processed, *batch, settle);
  batch.reset();
  for (auto& piece : processed->batches) inner_->write(std::move(piece), settle);
}

// To the keeper, which has them in its journal when it acks.
void PipeSink::hand_over(const Processed& processed, const model::Batch& batch, pipeline::Ack ack) {
  const std::uint64_t records = processed.undecided.size();
  const model::Signal signal = batch.signal;
  keeper_->take(
      signal, batch.id, processed.undecided,
      [this, signal, records] { ledger_.count(signal, Outcome::kDeduplicated, records); },
      [this, signal, records, ack = std::move(ack)](Result<void> outcome) {
        if (!outcome) ledger_.count(signal, Outcome::kFailed, records);
        ack(std::move(outcome));
      });
}

// What a `tailsample` has kept.
void PipeSink::deliver(const TailOutput& output, const model::BatchId& id, Done done) {
  auto finished = program()->finish(output, id);
  if (!finished) return done(fail(std::move(finished).error()));
  auto batches = std::move(finished->batches);
  std::array<std::uint64_t, model::kSignalCount> sent{};
  for (const auto& batch : batches) sent[index_of(batch->signal)] += batch->size();
  const auto settled = [this, done = std::move(done), records = output.records, sent,
                        processed = std::move(*finished)](std::optional<Error> error) {
    if (!error || error->code != Errc::kUnavailable) {
      count_delivered(processed, records, error ? decltype(sent){} : sent, error.has_value());
    }
    if (error) return done(fail(std::move(*error)));
    done({});
  };
  if (batches.empty()) return settled(std::nullopt);
  const auto pieces = std::make_shared<Pieces>(batches.size(), settled);
  for (auto& batch : batches) {
    inner_->write(std::move(batch),
                  [pieces](Result<void> outcome) { pieces->settle(std::move(outcome)); });
  }
}

void PipeSink::count_delivered(const Processed& processed, const Records& records,
                               const Records& sent, bool has_failed) {
  count(processed);
  std::uint64_t rejected = processed.rejected;
  std::uint64_t sampled = processed.sampled;
  for (const model::Signal signal : model::kSignals) {
    std::uint64_t left = records[index_of(signal)] - sent[index_of(signal)];
    const auto take = [&](Outcome outcome, std::uint64_t& count) {
      const std::uint64_t taken = std::min(count, left);
      ledger_.count(signal, outcome, taken);
      count -= taken;
      left -= taken;
    };
    ledger_.count(signal, Outcome::kSent, sent[index_of(signal)]);
    if (has_failed) {
      ledger_.count(signal, Outcome::kFailed, left);
      continue;
    }
    take(Outcome::kRejected, rejected);
    take(Outcome::kSampled, sampled);
    ledger_.count(signal, Outcome::kFiltered, left);
  }
}

void PipeSink::count(const Processed& processed) {
  errors_.add(processed.errors);
  for (std::size_t i = 0; i < redacted_.size(); ++i) redacted_[i]->add(processed.redacted.found[i]);
  if (processed.rejected == 0 || !warn_) return;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_warned_, true)) return;
  }
  warn_(fmt::format("--pipe makes of some records what is none, and they are left out: {}",
                    processed.first_rejection));
}

}  // namespace obs::places
