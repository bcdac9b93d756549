#include "libobs/places/pipe_sink.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace obs::places {

using pipeline::Outcome;

// A batch on its way through the inner sink, in one piece or several.
struct PipeSink::Delivery {
  pipeline::Ledger& ledger;
  pipeline::Ack ack;
  model::Signal signal;
  std::uint64_t received;
  Processed processed;
  std::mutex mutex = {};
  std::size_t waiting = 0;
  std::optional<Error> error = {};

  // One piece more is settled. The worst error counts: a retry cannot mend what failed for good.
  void settle(Result<void> outcome) {
    {
      const std::lock_guard lock(mutex);
      const bool is_worse = !outcome && (!error || error->code == Errc::kUnavailable);
      if (is_worse) error = std::move(outcome).error();
      if (--waiting > 0) return;
    }
    finish();
  }

  void finish() {
    if (error) {
      ledger.count(signal, Outcome::kFailed, received);
      return ack(fail(std::move(*error)));
    }
    const std::uint64_t gone = processed.filtered + processed.sampled + processed.rejected;
    ledger.count(signal, Outcome::kSent, received - gone);
    ledger.count(signal, Outcome::kFiltered, processed.filtered);
    ledger.count(signal, Outcome::kSampled, processed.sampled);
    ledger.count(signal, Outcome::kRejected, processed.rejected);
    ack({});
  }
};

namespace {

Counter& programs_counter(Registry& registry, std::string_view outcome) {
  return registry.counter("obs_places_pipe_programs_loaded_total",
                          "Programs of --pipe-file read again, by what became of them.",
                          {{"outcome", outcome}});
}

}  // namespace

PipeSink::PipeSink(std::unique_ptr<pipeline::Sink> inner, ProgramPtr program, Registry& registry,
                   Warn warn)
    : inner_(std::move(inner)),
      ledger_(registry, "pipe"),
      warn_(std::move(warn)),
      taken_(programs_counter(registry, "taken")),
      refused_(programs_counter(registry, "refused")),
      errors_(registry.counter("obs_places_pipe_errors_total",
                               "Records on which a stage of --pipe failed.")),
      program_(std::move(program)) {
  for (std::size_t i = 0; i < lang::kSecretKinds; ++i) {
    redacted_.push_back(
        &registry.counter("obs_places_pipe_secrets_redacted_total", "Secrets taken out by --pipe.",
                          {{"kind", lang::to_string(static_cast<lang::Secret>(i))}}));
  }
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
  auto pieces = std::move(processed->batches);
  const std::shared_ptr<Delivery> delivery(
      new Delivery{ledger_, std::move(ack), batch->signal, received, std::move(*processed)});
  batch.reset();
  if (pieces.empty()) return delivery->finish();
  delivery->waiting = pieces.size();
  for (auto& piece : pieces) {
    inner_->write(std::move(piece),
                  [delivery](Result<void> outcome) { delivery->settle(std::move(outcome)); });
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
