#include "libobs/places/delivery.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "libobs/places/batch_queue.h"

namespace obs::places {
namespace {

constexpr Duration kFirstPause = 50 * kMillisecond;
constexpr Duration kLongestPause = 2 * kSecond;

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime after(Duration pause) {
  return std::chrono::steady_clock::now() + std::chrono::nanoseconds(pause);
}

struct Parcel {
  model::BatchPtr batch;
  Settled settled;
  std::size_t bytes = 0;
  Duration pause = 0;  // Before the next try; 0 at the first.
};

}  // namespace

struct Delivery::State {
  State(pipeline::Sink& to, pipeline::Ledger& counts, std::size_t limit, std::stop_token stopping,
        Duration patience)
      : sink(to), ledger(counts), max_bytes(limit), stop(std::move(stopping)), grace(patience) {}

  pipeline::Sink& sink;
  pipeline::Ledger& ledger;
  const std::size_t max_bytes;
  const std::stop_token stop;
  const Duration grace;

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::size_t bytes = 0;
  std::size_t in_flight = 0;
  std::vector<std::pair<SteadyTime, Parcel>> refused;  // When to try again.
  std::optional<SteadyTime> last_chance;               // Set when stop was first noticed.
  std::optional<Error> failure;

  // Stopping, and the grace is over; or the sink has refused something for good.
  bool has_given_up() {  // Holding the lock.
    if (failure) return true;
    if (!stop.stop_requested()) return false;
    if (!last_chance) last_chance = after(grace);
    return std::chrono::steady_clock::now() >= *last_chance;
  }

  void settle(Parcel parcel, Result<void> outcome) {
    ledger.count(parcel.batch->signal,
                 outcome ? pipeline::Outcome::kSent : pipeline::Outcome::kFailed,
                 parcel.batch->size());
    parcel.batch.reset();
    const bool own = static_cast<bool>(parcel.settled);
    std::optional<Error> error;
    if (!outcome && !own) error = outcome.error();
    if (own) parcel.settled(std::move(outcome));
    std::lock_guard lock(mutex);
    if (error && !failure) failure = std::move(error);
    bytes -= parcel.bytes;
    --in_flight;
    changed.notify_all();
  }

  // Waits for the time to write something again; nothing when `quit` came first.
  std::vector<Parcel> take_due(const std::stop_token& quit) {
    std::unique_lock lock(mutex);
    changed.wait(lock, quit, [&] { return !refused.empty(); });
    if (quit.stop_requested()) return {};
    const auto by_time = [](const auto& a, const auto& b) { return a.first < b.first; };
    const SteadyTime next = std::min_element(refused.begin(), refused.end(), by_time)->first;
    changed.wait_until(lock, quit, next, [] { return false; });
    const SteadyTime now = std::chrono::steady_clock::now();
    const auto rest = std::stable_partition(refused.begin(), refused.end(),
                                            [&](const auto& item) { return item.first > now; });
    std::vector<Parcel> due;
    for (auto item = rest; item != refused.end(); ++item) due.push_back(std::move(item->second));
    refused.erase(rest, refused.end());
    return due;
  }

  void answer(Parcel parcel, Result<void> outcome) {
    if (!outcome && outcome.error().code == Errc::kUnavailable) {
      std::lock_guard lock(mutex);
      if (!has_given_up()) {
        parcel.pause = std::clamp(parcel.pause * 2, kFirstPause, kLongestPause);
        refused.emplace_back(after(parcel.pause), std::move(parcel));
        changed.notify_all();
        return;
      }
    }
    settle(std::move(parcel), std::move(outcome));
  }
};

namespace {

// The parcel waits inside the ack, so that nothing else has to find it again.
template <class StatePtr>
void write_parcel(const StatePtr& state, Parcel parcel) {
  model::BatchPtr batch = parcel.batch;
  auto held = std::make_shared<Parcel>(std::move(parcel));
  state->sink.write(std::move(batch), [state, held](Result<void> outcome) {
    state->answer(std::move(*held), std::move(outcome));
  });
}

}  // namespace

Delivery::Delivery(pipeline::Sink& sink, pipeline::Ledger& ledger, std::size_t max_bytes,
                   std::stop_token stop, Duration grace)
    : state_(std::make_shared<State>(sink, ledger, max_bytes, std::move(stop), grace)),
      retrier_([this](const std::stop_token& quit) { retry_loop(quit); }) {}

Delivery::~Delivery() = default;

Result<void> Delivery::send(model::BatchPtr batch, Settled settled) {
  Parcel parcel{std::move(batch), std::move(settled), 0, 0};
  parcel.bytes = batch_bytes(*parcel.batch);
  {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock,
                         [&] { return state_->failure || state_->bytes < state_->max_bytes; });
    if (state_->failure) return fail(*state_->failure);
    state_->bytes += parcel.bytes;
    ++state_->in_flight;
  }
  state_->ledger.count(parcel.batch->signal, pipeline::Outcome::kReceived, parcel.batch->size());
  write_parcel(state_, std::move(parcel));
  return {};
}

Result<void> Delivery::finish() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->in_flight == 0; });
  return state_->failure ? Result<void>(fail(*state_->failure)) : Result<void>();
}

std::size_t Delivery::bytes_in_flight() const {
  std::lock_guard lock(state_->mutex);
  return state_->bytes;
}

void Delivery::retry_loop(const std::stop_token& quit) {
  while (!quit.stop_requested()) {
    for (Parcel& parcel : state_->take_due(quit)) write_parcel(state_, std::move(parcel));
  }
}

}  // namespace obs::places
