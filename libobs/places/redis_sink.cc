// One thread speaks to Redis: it sends what the sealer has made, with up to a mebibyte of XADDs on
// their way, and settles each batch when the last of its entries has been answered. After a lost
// connection the unanswered go out again: an entry may then be there twice, under one batch id,
// which readers store once.

#include "libobs/places/redis_sink.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/net/wake.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/batch_queue.h"
#include "libobs/places/peer_status.h"
#include "libobs/places/redis_connection.h"
#include "libobs/places/redis_entry.h"
#include "libobs/places/redis_sealer.h"

namespace obs::places {
namespace {

constexpr std::size_t kQueueBytes = 64 * kMiB;
// More on its way at once gains nothing and makes every answer late.
constexpr std::size_t kInFlightBytes = kMiB;
// How long batches wait for a Redis that is away before they are given back.
constexpr Duration kPatience = kSecond;
// Without an answer for so long a connection is dead. Redis stalls for up to 0.9 s while it syncs.
constexpr Duration kSilence = 3 * kSecond;
constexpr Duration kFirstPause = 100 * kMillisecond;
constexpr Duration kLongestPause = 2 * kSecond;
class RedisSink final : public pipeline::Sink {
 public:
  RedisSink(RedisSettings settings, Registry& registry)
      : settings_(std::move(settings)),
        ledger_(registry, "redis_sink"),
        reconnects_(registry.counter("obs_places_redis_connections_opened_total",
                                     "Connections made to Redis.", {{"place", "sink"}})),
        written_(registry.counter("obs_places_redis_entries_written_total",
                                  "Stream entries that Redis has acknowledged.")),
        status_(settings_.name, "not connected yet"),
        queue_(settings_.name, kQueueBytes, ledger_),
        sealer_(queue_, settings_.stream, [this] { wake_.raise(); }),
        worker_([this] { run(); }) {}

  ~RedisSink() override { (void)close(); }

  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    queue_.push(std::move(batch), std::move(ack));
  }

  void give_up_after(Duration grace) override {
    if (status_.end_after(grace)) wake_.raise();
  }

  Result<void> close() override {
    give_up_after(pipeline::kStopGrace);
    queue_.close();
    wake_.raise();
    if (worker_.joinable()) worker_.join();
    return status_.take_outcome();
  }

  std::vector<pipeline::Health> health() const override { return status_.health(); }

 private:
  void run() {
    while (!queue_.is_drained()) {
      if (status_.is_overdue()) {
        abandon();
        continue;
      }
      auto done = connection_ ? exchange() : connect();
      if (!done) lose(done.error());
    }
  }

  Result<void> connect() {
    OBS_TRY(connection_, RedisConnection::open(settings_));
    reconnects_.add();
    OBS_TRY_VOID(check_durability(*connection_, settings_));
    status_.note("");
    refusal_.reset();
    queue_.refuse(std::nullopt);
    pause_ = 0;
    last_answer_ = system_clock().monotonic();
    return {};
  }

  // The connection is gone, or could not be made, or is to a Redis that we may not trust.
  void lose(const Error& error) {
    const Duration now = system_clock().monotonic();
    // With something unanswered it has been away since the last answer.
    if (pause_ == 0) away_since_ = unanswered_.empty() ? now : last_answer_;
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    disconnect();
    status_.note(error.message);
    if (now - away_since_ >= kPatience) give_back(error);
    sleep(pause_);
  }

  // What is unanswered goes out first, and in its order, when we are back.
  void disconnect() {
    connection_.reset();
    std::move(unanswered_.rbegin(), unanswered_.rend(), std::front_inserter(again_));
    unanswered_.clear();
    in_flight_ = 0;
  }

  void give_back(const Error& error) {
    // First the door, or what is pushed meanwhile would wait for the next time.
    queue_.refuse(error.message);
    const std::uint64_t waiting = queue_.fail_waiting(error);
    if (status_.is_ending()) status_.give_up(waiting);
    refusal_ = error;
    give_back_sealed();
  }

  // Also what is sealed only while we are away.
  void give_back_sealed() {
    while (auto entry = take_entry()) answer(*entry, refusal_);
  }

  // The program must end, and Redis has not taken all.
  void abandon() {
    disconnect();
    give_back({Errc::kUnavailable,
               fmt::format("{} was away or slow when we had to end", settings_.name)});
    sleep(kLongestPause);
  }

  // Ends early only when there is nothing left to do.
  void sleep(Duration pause) {
    const Duration end = system_clock().monotonic() + pause;
    for (Duration left = pause; left > 0; left = end - system_clock().monotonic()) {
      if (net::wait_ready(-1, false, false, &wake_, left).woken) wake_.lower();
      if (refusal_) give_back_sealed();
      if (queue_.is_drained()) return;
    }
  }

  // One round: sends what may go, reads what has come.
  Result<void> exchange() {
    wake_.lower();  // Before looking for entries, so that none goes unseen.
    while (in_flight_ < kInFlightBytes) {
      auto entry = take_entry();
      if (!entry) break;
      send(*std::move(entry));
    }
    const bool full = in_flight_ >= kInFlightBytes;
    OBS_TRY_VOID(connection_->pump(kSecond, full ? nullptr : &wake_));
    for (;;) {
      OBS_TRY(auto reply, connection_->next());
      if (!reply) break;
      OBS_TRY_VOID(settle(*reply));
    }
    const Duration silence = system_clock().monotonic() - last_answer_;
    if (unanswered_.empty() || silence < kSilence) return {};
    return fail(Errc::kUnavailable, fmt::format("{} does not answer", settings_.name));
  }

  // The next to be sent.
  std::optional<SealedEntry> take_entry() {
    if (again_.empty()) return sealer_.next();
    SealedEntry entry = std::move(again_.front());
    again_.pop_front();
    return entry;
  }

  void send(SealedEntry taken) {
    // Silence counts from when there was something to answer.
    if (unanswered_.empty()) last_answer_ = system_clock().monotonic();
    const SealedEntry& entry = unanswered_.emplace_back(std::move(taken));
    std::vector<std::string_view> command = {"XADD", entry.key, "*"};
    const auto fields = entry_fields(entry.envelope, scratch_);
    command.insert(command.end(), fields.begin(), fields.end());
    connection_->queue(command);
    in_flight_ += entry.envelope.payload.size();
  }

  Result<void> settle(const proto::RedisReply& reply) {
    if (unanswered_.empty()) {
      return fail(Errc::kUnavailable, fmt::format("{} answered unasked", settings_.name));
    }
    last_answer_ = system_clock().monotonic();
    SealedEntry entry = std::move(unanswered_.front());
    unanswered_.pop_front();
    in_flight_ -= entry.envelope.payload.size();
    std::optional<Error> error;
    if (reply.is_error()) {
      // Full, read-only, loading, no permission: each may be over by the next try.
      error = Error{Errc::kUnavailable, fmt::format("{}: {}", settings_.name, reply.text)};
    } else {
      written_.add();
    }
    status_.note(error ? error->message : "");
    answer(entry, std::move(error));
    return {};
  }

  void answer(SealedEntry& entry, std::optional<Error> error) {
    RedisWrite& write = *entry.write;
    if (error && !write.error) write.error = std::move(error);
    if (--write.entries > 0) return;
    if (write.error && status_.is_ending()) status_.give_up(write.item.batch->size());
    queue_.settle(std::move(write.item),
                  write.error ? Result<void>(fail(*write.error)) : Result<void>());
  }

  const RedisSettings settings_;
  pipeline::Ledger ledger_;
  Counter& reconnects_;
  Counter& written_;
  PeerStatus status_;
  BatchQueue queue_;
  net::Wake wake_;
  RedisSealer sealer_;

  // The worker's own.
  std::unique_ptr<RedisConnection> connection_;
  std::deque<SealedEntry> again_;       // Sent on a connection that was lost.
  std::deque<SealedEntry> unanswered_;  // Sent.
  std::size_t in_flight_ = 0;           // Bytes of the unanswered.
  std::optional<Error> refusal_;        // What every batch is told while Redis is away.
  std::string scratch_;
  Duration last_answer_ = 0;
  Duration away_since_ = 0;
  Duration pause_ = 0;  // Before the next try to connect; 0 while connected.

  std::thread worker_;
};

}  // namespace

Result<std::unique_ptr<pipeline::Sink>> open_redis_sink(const Address& address,
                                                        const OpenContext& context) {
  OBS_TRY(RedisSettings settings, read_redis_settings(address, "obs-store"));
  return std::make_unique<RedisSink>(std::move(settings), context.registry);
}

}  // namespace obs::places
