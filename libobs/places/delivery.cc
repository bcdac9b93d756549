#include "libobs/places/delivery.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "libobs/model/batch_memory.h"

namespace obs::places {
namespace {

constexpr Duration kFirstPause = 50 * kMillisecond;
constexpr Duration kLongestPause = 2 * kSecond;

// How long after its grace a sink may take to say so: a call under way takes a second to notice.
constexpr Duration kInattention = kSecond;

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
SteadyTime after(Duration pause) { return steady_now() + std::chrono::nanoseconds(pause); }

struct Parcel {
  model::BatchPtr batch;
  Settled settled;
  std::size_t bytes = 0;
};

}  // namespace

struct Delivery::State {
  using Number = std::uint64_t;  // Of a parcel, in the order sent.

  State(pipeline::Sink& to, pipeline::Ledger& counts, std::size_t limit, std::stop_token stopping,
        Duration patience)
      : sink(to), ledger(counts), max_bytes(limit), stop(std::move(stopping)), grace(patience) {}

  pipeline::Sink& sink;
  pipeline::Ledger& ledger;
  const std::size_t max_bytes;
  const std::stop_token stop;
  const Duration grace;

  mutable std::mutex mutex;
  std::condition_variable settled;    // For those who send or finish.
  std::condition_variable_any alarm;  // For the retrier: something comes sooner.
  std::map<Number, Parcel> parcels;   // Not settled, nor being so.
  std::set<Number> held;              // Of these, refused or not offered yet.
  bool is_full = false;               // The sink has refused one, and taken none since.
  std::optional<Number> probe;        // The one offered to see whether it has room again.
  Duration pause = 0;                 // Before the next probe, which is at `next_probe`.
  SteadyTime next_probe;
  Number next_number = 0;
  std::size_t bytes = 0;
  std::size_t in_flight = 0;              // Those in `parcels`, and those being settled.
  std::optional<SteadyTime> last_chance;  // Set when the stop was noticed.
  std::optional<Error> failure;

  // When the sink is asked no more, and when it is waited for no more.
  bool is_late() const { return last_chance && steady_now() >= *last_chance; }
  bool is_overdue() const {
    return last_chance && steady_now() >= *last_chance + std::chrono::nanoseconds(kInattention);
  }

  // Whoever takes a parcel out settles it: its ack, or the one who would wait no longer.
  std::optional<Parcel> take(Number number) {
    const std::lock_guard lock(mutex);
    const auto found = parcels.find(number);
    if (found == parcels.end()) return std::nullopt;
    Parcel parcel = std::move(found->second);
    parcels.erase(found);
    return parcel;
  }

  void settle(Number number, Result<void> outcome) {
    auto parcel = take(number);
    if (!parcel) return;
    ledger.count(parcel->batch->signal,
                 outcome ? pipeline::Outcome::kSent : pipeline::Outcome::kFailed,
                 parcel->batch->size());
    parcel->batch.reset();
    std::optional<Error> error;
    if (!outcome && !parcel->settled) error = outcome.error();
    if (parcel->settled) parcel->settled(std::move(outcome));
    const std::lock_guard lock(mutex);
    if (error && !failure) {
      failure = std::move(error);
      alarm.notify_all();
    }
    bytes -= parcel->bytes;
    --in_flight;
    settled.notify_all();
  }

  void answer(Number number, Result<void> outcome) {
    const bool again = !outcome && outcome.error().code == Errc::kUnavailable;
    if (again && postpone(number)) return;
    if (!again) note_taken(number);
    settle(number, std::move(outcome));
  }

  bool postpone(Number number) {
    const std::lock_guard lock(mutex);
    if (!parcels.contains(number) || is_last_try()) return false;
    held.insert(number);
    // What was offered before the refusal may be refused as well: that is no news.
    if (is_full && probe != number) return true;
    is_full = true;
    probe.reset();
    pause = std::clamp(pause * 2, kFirstPause, kLongestPause);
    next_probe = after(pause);
    alarm.notify_all();
    return true;
  }

  // The probe was taken: there is room, for how much will be seen. Pauses become shorter than they
  // grow at the refusal that ends this, so that they follow the pace of the sink.
  void note_taken(Number number) {
    const std::lock_guard lock(mutex);
    if (probe != number) return;
    probe.reset();
    is_full = false;
    pause /= 4;
    alarm.notify_all();
  }

  // Holding the lock: nothing is worth a pause any more.
  bool is_last_try() const { return failure || is_late(); }

  // When the next thing has to be done; nothing for now.
  std::optional<SteadyTime> next_event() const {  // Holding the lock.
    std::optional<SteadyTime> next;
    const auto at = [&next](SteadyTime time) {
      next = std::min(next.value_or(SteadyTime::max()), time);
    };
    if (last_chance && !parcels.empty()) at(*last_chance + std::chrono::nanoseconds(kInattention));
    if (held.empty()) return next;
    if (!is_full || is_last_try()) {
      at(SteadyTime::min());
    } else if (!probe) {
      at(next_probe);
    }
    if (last_chance) at(*last_chance);
    return next;
  }

  // Waits for it, for a stop to notice, or for another thing to be next.
  void wait(const std::stop_token& quit) {
    std::unique_lock lock(mutex);
    const auto next = next_event();
    const auto has_changed = [&] {
      return (stop.stop_requested() && !last_chance) || next_event() != next;
    };
    if (!next) {
      alarm.wait(lock, quit, has_changed);
    } else {
      alarm.wait_until(lock, quit, *next, has_changed);
    }
  }

  void notice_stop() {
    {
      const std::lock_guard lock(mutex);
      if (!stop.stop_requested() || last_chance) return;
      last_chance = after(grace);
    }
    sink.give_up_after(grace);
  }

  // What is to be offered next: the oldest, one by one, so that a refusal keeps back the rest; all,
  // when it is for the last time.
  std::vector<Number> take_due() {
    const std::lock_guard lock(mutex);
    std::vector<Number> due;
    if (held.empty()) return due;
    if (is_last_try()) {
      due.assign(held.begin(), held.end());
      held.clear();
      return due;
    }
    if (is_full && (probe || steady_now() < next_probe)) return due;
    due.push_back(*held.begin());
    held.erase(held.begin());
    if (is_full) probe = due.front();
    return due;
  }

  void give_up() {
    std::vector<Number> overdue;
    {
      const std::lock_guard lock(mutex);
      if (!is_overdue()) return;
      for (const auto& [number, parcel] : parcels) overdue.push_back(number);
    }
    for (const Number number : overdue) {
      settle(number, fail(Errc::kUnavailable, "the sink did not take all before we had to end"));
    }
  }
};

namespace {

template <class StatePtr>
void write_parcel(const StatePtr& state, std::uint64_t number) {
  model::BatchPtr batch;
  {
    const std::lock_guard lock(state->mutex);
    const auto found = state->parcels.find(number);
    if (found == state->parcels.end()) return;
    batch = found->second.batch;
  }
  state->sink.write(std::move(batch), [state, number](Result<void> outcome) {
    state->answer(number, std::move(outcome));
  });
}

}  // namespace

Delivery::Delivery(pipeline::Sink& sink, pipeline::Ledger& ledger, std::size_t max_bytes,
                   std::stop_token stop, Duration grace)
    : state_(std::make_shared<State>(sink, ledger, max_bytes, std::move(stop), grace)),
      retrier_([this](const std::stop_token& quit) { retry_loop(quit); }) {}

Delivery::~Delivery() = default;

Result<void> Delivery::send(model::BatchPtr batch, Settled settled) {
  Parcel parcel{std::move(batch), std::move(settled), 0};
  parcel.bytes = model::memory_bytes(*parcel.batch);
  std::uint64_t number = 0;
  bool waits = false;
  {
    std::unique_lock lock(state_->mutex);
    state_->settled.wait(lock,
                         [&] { return state_->failure || state_->bytes < state_->max_bytes; });
    if (state_->failure) return fail(*state_->failure);
    state_->bytes += parcel.bytes;
    ++state_->in_flight;
    state_->ledger.count(parcel.batch->signal, pipeline::Outcome::kReceived, parcel.batch->size());
    number = state_->next_number++;
    state_->parcels.emplace(number, std::move(parcel));
    waits = state_->is_full || !state_->held.empty();
    if (waits) state_->held.insert(number);
    if (waits || state_->last_chance) state_->alarm.notify_all();
  }
  if (!waits) write_parcel(state_, number);
  return {};
}

Result<void> Delivery::finish() {
  std::unique_lock lock(state_->mutex);
  state_->settled.wait(lock, [&] { return state_->in_flight == 0; });
  return state_->failure ? Result<void>(fail(*state_->failure)) : Result<void>();
}

std::size_t Delivery::bytes_in_flight() const {
  const std::lock_guard lock(state_->mutex);
  return state_->bytes;
}

void Delivery::retry_loop(const std::stop_token& quit) {
  const std::stop_callback wake(state_->stop, [this] {
    const std::lock_guard lock(state_->mutex);
    state_->alarm.notify_all();
  });
  while (!quit.stop_requested()) {
    state_->notice_stop();
    for (const std::uint64_t number : state_->take_due()) write_parcel(state_, number);
    state_->give_up();
    state_->wait(quit);
  }
}

}  // namespace obs::places
