#include "libobs/pipeline/ledger.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace obs::pipeline {
namespace {

constexpr Outcome kIn[] = {Outcome::kReceived, Outcome::kCreated};
constexpr Outcome kOut[] = {Outcome::kSent,         Outcome::kFiltered, Outcome::kSampled,
                            Outcome::kDeduplicated, Outcome::kFolded,   Outcome::kRejected,
                            Outcome::kFailed};

constexpr std::size_t index(model::Signal signal) { return static_cast<std::size_t>(signal); }
constexpr std::size_t index(Outcome outcome) { return static_cast<std::size_t>(outcome); }

}  // namespace

std::string_view to_string(Outcome outcome) {
  static constexpr std::string_view kNames[kOutcomeCount] = {"received", "created",  "sent",
                                                             "filtered", "sampled",  "deduplicated",
                                                             "folded",   "rejected", "failed"};
  return kNames[index(outcome)];
}

Ledger::Ledger(Registry& registry, std::string_view stage) : registry_(registry), stage_(stage) {
  for (const model::Signal signal : model::kSignals) {
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
      counters_[index(signal)][i] =
          &registry.counter("obs_ledger_records_total", "What came in, and what became of it.",
                            {{"stage", stage_},
                             {"signal", model::to_string(signal)},
                             {"outcome", to_string(static_cast<Outcome>(i))}});
    }
  }
}

void Ledger::count(model::Signal signal, Outcome outcome, std::uint64_t records) {
  counters_[index(signal)][index(outcome)]->add(records);
}

void Ledger::count_undecodable(std::string_view reason, std::uint64_t bytes) {
  const auto counter = [&](std::string_view name, std::string_view help) -> Counter& {
    return registry_.counter(name, help, {{"stage", stage_}, {"reason", reason}});
  };
  counter("obs_ledger_undecodable_requests_total", "Requests that could not be decoded.").add();
  counter("obs_ledger_undecodable_bytes_total", "Bytes of requests that could not be decoded.")
      .add(bytes);
  undecodable_requests_.fetch_add(1, std::memory_order_relaxed);
  undecodable_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

std::uint64_t Ledger::value(model::Signal signal, Outcome outcome) const {
  return counters_[index(signal)][index(outcome)]->value();
}

std::int64_t Ledger::buffered(model::Signal signal) const {
  std::uint64_t left = 0;  // Unsigned on purpose: the sum may pass below zero on its way.
  for (const Outcome outcome : kIn) left += value(signal, outcome);
  for (const Outcome outcome : kOut) left -= value(signal, outcome);
  return static_cast<std::int64_t>(left);
}

bool Ledger::closes() const {
  for (const model::Signal signal : model::kSignals) {
    if (buffered(signal) != 0) return false;
  }
  return true;
}

std::uint64_t Ledger::undecodable_requests() const {
  return undecodable_requests_.load(std::memory_order_relaxed);
}

std::string Ledger::summary() const {
  std::vector<std::string> parts;
  for (const model::Signal signal : model::kSignals) {
    const auto side = [&](std::span<const Outcome> outcomes) {
      std::vector<std::string> terms;
      for (const Outcome outcome : outcomes) {
        const std::uint64_t records = value(signal, outcome);
        if (records > 0) terms.push_back(fmt::format("{} {}", to_string(outcome), records));
      }
      return terms;
    };
    const std::vector<std::string> in = side(kIn);
    std::vector<std::string> out = side(kOut);
    if (in.empty() && out.empty()) continue;
    if (const std::int64_t left = buffered(signal); left != 0)
      out.push_back(fmt::format("buffered {}", left));
    parts.push_back(fmt::format("{}: {} = {}", model::to_string(signal), fmt::join(in, " + "),
                                fmt::join(out, " + ")));
  }
  if (const std::uint64_t requests = undecodable_requests(); requests > 0)
    parts.push_back(fmt::format("undecodable: {} requests, {} bytes", requests,
                                undecodable_bytes_.load(std::memory_order_relaxed)));
  return parts.empty() ? "nothing received" : fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace obs::pipeline
