#include "libobs/places/redis_source.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/places/delivery.h"
#include "libobs/places/redis_keeper.h"
#include "libobs/places/redis_slots.h"

namespace obs::places {
namespace {

constexpr std::size_t kInFlightBytes = 32 * kMiB;
// What one read may bring, by the size of entries so far. They are compressed: it is a quarter of a
// second of a million records a second, and after a stop there are many such reads.
constexpr std::size_t kReadBytes = 4 * kMiB;
constexpr std::size_t kMaxCount = 256;
// No payload inflates to more: eight times the largest body a receiver takes.
constexpr std::size_t kMaxPayload = 512 * kMiB;
// A read without news ends after so long, to see whether the slots are still ours.
constexpr Duration kBlock = 250 * kMillisecond;
constexpr Duration kNoSlots = 50 * kMillisecond;
constexpr Duration kFirstPause = 100 * kMillisecond;
constexpr Duration kLongestPause = 2 * kSecond;

// Host, process and chance, since processes of one name come again.
std::string make_consumer_name() {
  char host[256] = {};
  (void)::gethostname(host, sizeof host - 1);
  std::array<std::byte, 4> random{};
  fill_random(random);
  std::string name = fmt::format("{}-{}-", host, ::getpid());
  append_hex(name, random);
  return name;
}

// How much to ask for, learnt from how large entries were.
class ReadSize {
 public:
  struct Plan {
    std::size_t slots;
    std::size_t count;
  };

  // As many slots as can be read at one entry each, then as many entries of each as fit.
  Plan plan(std::size_t owned) const {
    const std::size_t entries = std::max<std::size_t>(kReadBytes / std::max(average_, kKiB), 1);
    const std::size_t slots = std::min(owned, entries);
    return {slots, std::clamp<std::size_t>(entries / slots, 1, kMaxCount)};
  }

  // Large entries count at once; an idle stream forgets them.
  void note(std::size_t entries, std::size_t bytes) {
    average_ = entries == 0 ? average_ / 2 : std::max(average_ / 2, bytes / entries);
  }

 private:
  // Until one has been seen, an entry may be of the usual size.
  std::size_t average_ = 64 * kKiB;
};

class RedisSource final : public pipeline::Source {
 public:
  RedisSource(RedisSettings settings, OpenContext context)
      : settings_(std::move(settings)),
        group_(settings_, make_consumer_name()),
        ledger_(context.registry, "redis_source"),
        reconnects_(context.registry.counter("obs_places_redis_connections_opened_total",
                                             "Connections made to Redis.", {{"place", "source"}})),
        read_(context.registry.counter("obs_places_redis_entries_read_total",
                                       "Stream entries read, claimed ones included.")),
        keeper_(settings_, group_, ledger_, context.registry, std::move(context.warn)),
        health_(std::move(context.health)) {}

  Result<void> run(pipeline::Sink& sink, std::stop_token stop) override {
    Delivery delivery(sink, ledger_, kInFlightBytes, stop);
    tell("not connected yet");
    keeper_.start();
    while (!stop.stop_requested() && !has_failed()) {
      auto done = connection_ ? take_some(delivery) : connect(delivery);
      if (!done) lose(done.error(), stop);
    }
    (void)delivery.finish();
    keeper_.stop();
    std::lock_guard lock(mutex_);
    return failure_ ? Result<void>(fail(*failure_)) : Result<void>();
  }

 private:
  bool has_failed() const {
    std::lock_guard lock(mutex_);
    return failure_.has_value();
  }

  void tell(std::string_view problem) const {
    if (health_) health_({settings_.name, problem.empty(), std::string(problem)});
  }

  Result<void> connect(Delivery& delivery) {
    OBS_TRY(connection_, RedisConnection::open(settings_));
    OBS_TRY_VOID(group_.create(*connection_));
    reconnects_.add();
    OBS_TRY_VOID(recover(delivery));
    pause_ = 0;
    tell("");
    return {};
  }

  void lose(const Error& error, const std::stop_token& stop) {
    connection_.reset();
    tell(error.message);
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    const Duration end = system_clock().monotonic() + pause_;
    while (!stop.stop_requested() && system_clock().monotonic() < end) {
      (void)net::wait_ready(-1, false, false, nullptr, kNoSlots);
    }
  }

  // Entries that Redis has given to us and that never arrived: a connection was lost on the way.
  Result<void> recover(Delivery& delivery) {
    auto found = keeper_.without_claims([this] { return read_own(); });
    if (!found) return fail(std::move(found).error());
    return deliver_all(*std::move(found), delivery);
  }

  Result<std::vector<SlotEntry>> read_own() {
    std::vector<SlotEntry> found;
    for (int slot = 0; slot < kSlots; ++slot) {
      OBS_TRY(auto entries, group_.read_own(*connection_, slot));
      for (SlotEntry& entry : entries) {
        if (keeper_.pending().hold(slot, entry.entry.id)) found.push_back(std::move(entry));
      }
    }
    return found;
  }

  Result<void> take_some(Delivery& delivery) {
    if (keeper_.take_lost()) OBS_TRY_VOID(recover(delivery));
    OBS_TRY_VOID(deliver_all(keeper_.take_claimed(), delivery));
    const auto owned = keeper_.slots();
    if (owned.empty()) {
      (void)net::wait_ready(-1, false, false, nullptr, kNoSlots);
      return {};
    }
    auto entries = read_next(owned);
    if (!entries && entries.error().code == Errc::kNotFound) {
      return group_.create(*connection_);  // FLUSHALL: begin again.
    }
    if (!entries) return fail(std::move(entries).error());
    for (const SlotEntry& entry : *entries) keeper_.pending().hold(entry.slot, entry.entry.id);
    return deliver_all(*std::move(entries), delivery);
  }

  Result<std::vector<SlotEntry>> read_next(const std::vector<int>& owned) {
    const auto plan = size_.plan(owned.size());
    std::vector<int> slots;
    for (std::size_t i = 0; i < plan.slots; ++i) {
      slots.push_back(owned[(next_slot_ + i) % owned.size()]);
    }
    next_slot_ = (next_slot_ + plan.slots) % owned.size();
    // Waiting for some of our slots while another has news would be idling.
    const bool all = plan.slots == owned.size();
    auto entries = group_.read(*connection_, slots, plan.count, all ? kBlock : kMillisecond);
    if (!entries) return entries;
    std::size_t bytes = 0;
    for (const SlotEntry& entry : *entries) {
      for (const auto& field : entry.entry.fields) bytes += field.text.size();
    }
    size_.note(entries->size(), bytes);
    return entries;
  }

  Result<void> deliver_all(std::vector<SlotEntry> entries, Delivery& delivery) {
    read_.add(entries.size());
    for (SlotEntry& entry : entries) OBS_TRY_VOID(deliver(std::move(entry), delivery));
    return {};
  }

  Result<void> deliver(SlotEntry entry, Delivery& delivery) {
    auto batch = open_entry(entry.entry);
    if (!batch) {
      ledger_.count_undecodable("entry", 0);
      keeper_.pending().bury(entry.slot, entry.entry.id, batch.error().message);
      return {};
    }
    return delivery.send(std::make_shared<const model::Batch>(*std::move(batch)),
                         [this, slot = entry.slot, id = std::move(entry.entry.id)](
                             Result<void> outcome) { settle(slot, id, std::move(outcome)); });
  }

  static Result<model::Batch> open_entry(RedisEntry& entry) {
    if (entry.fields.empty()) return fail(Errc::kMalformed, "it was deleted before it was read");
    OBS_TRY(codec::Envelope envelope, parse_entry(entry.fields));
    return codec::open_envelope(std::move(envelope), kMaxPayload);
  }

  void settle(int slot, const std::string& id, Result<void> outcome) {
    auto& pending = keeper_.pending();
    if (outcome) return pending.acknowledge(slot, id);
    switch (outcome.error().code) {
      case Errc::kMalformed:
      case Errc::kLimitExceeded:
      case Errc::kInvalidArgument: return pending.bury(slot, id, outcome.error().message);
      case Errc::kUnavailable: return pending.release(slot, id);  // We are stopping.
      default: break;
    }
    pending.release(slot, id);
    std::lock_guard lock(mutex_);
    if (!failure_) failure_ = outcome.error();
  }

  const RedisSettings settings_;
  const RedisGroup group_;
  pipeline::Ledger ledger_;
  Counter& reconnects_;
  Counter& read_;
  RedisKeeper keeper_;
  const std::function<void(pipeline::Health)> health_;

  std::unique_ptr<RedisConnection> connection_;
  ReadSize size_;
  std::size_t next_slot_ = 0;
  Duration pause_ = 0;

  mutable std::mutex mutex_;
  std::optional<Error> failure_;  // The sink has refused for good.
};

}  // namespace

Result<std::unique_ptr<pipeline::Source>> open_redis_source(const Address& address,
                                                            OpenContext context) {
  OBS_TRY(RedisSettings settings, read_redis_settings(address, context.program));
  return std::make_unique<RedisSource>(std::move(settings), std::move(context));
}

}  // namespace obs::places
