#include "libobs/places/tail_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/hash.h"

namespace obs::places {
namespace {

// What is sent is written down with the next group, or after this long.
constexpr Duration kIdle = kSecond;
constexpr Duration kFirstRetry = 100 * kMillisecond;
constexpr Duration kLongestRetry = 5 * kSecond;

constexpr std::string_view kTracesHelp = "Traces that tailsample decided, by what became of them.";

std::string_view word_of(lang::TailReason reason) {
  switch (reason) {
    case lang::TailReason::kPolicy: return "policy";
    case lang::TailReason::kShare: return "else";
    case lang::TailReason::kRate: return "limit";
    default: return "none";
  }
}

bool is_kept(lang::TailReason reason) {
  return reason == lang::TailReason::kPolicy || reason == lang::TailReason::kShare;
}

}  // namespace

TailKeeper::TailKeeper(const Clock& clock, const TailKeeperOptions& options, const TailRules& rules,
                       Registry& registry, FileLock lock)
    : clock_(clock),
      options_(options),
      registry_(registry),
      lock_(std::move(lock)),
      state_(rules.sampling),
      policies_(rules.policies) {}

TailKeeper::~TailKeeper() { close(); }

Result<std::unique_ptr<TailKeeper>> TailKeeper::open(Fs& fs, const Clock& clock,
                                                     const TailKeeperOptions& options,
                                                     const TailRules& rules, Registry& registry) {
  OBS_TRY_VOID(fs.make_dirs(options.dir));
  const std::string lock_path = join_path(options.dir, "LOCK");
  OBS_TRY(auto lock, FileLock::try_take(lock_path, describe_process()));
  if (!lock) {
    return fail(Errc::kUnavailable,
                options.dir + " is in use by another process; each receiver needs its own");
  }
  std::unique_ptr<TailKeeper> keeper(
      new TailKeeper(clock, options, rules, registry, std::move(*lock)));
  TailState& state = keeper->state_;
  const TailJournal::Reader reader{
      [&state](std::string_view bytes) { return state.restore(bytes); },
      [&state](std::string_view bytes) -> Result<void, ParseError> {
        OBS_TRY_VOID(state.apply(bytes));
        return {};
      }};
  OBS_TRY(keeper->journal_, TailJournal::open(fs, options.dir, reader));
  keeper->recovered_ = state.held();
  std::string change;
  append_options(change, rules.sampling);
  if (auto used = state.apply(change); !used) return fail(to_error(used.error()));
  OBS_TRY_VOID(keeper->journal_->rewrite(state.save()));
  keeper->publish();
  return keeper;
}

void TailKeeper::start(Hooks hooks) {
  hooks_ = std::move(hooks);
  if (journal_->torn() > 0) {
    hooks_.warn(
        fmt::format("{}: the last {} bytes of its journal were cut short by the end of an "
                    "earlier process, before anything in them was acknowledged",
                    options_.dir, journal_->torn()));
  }
  thread_ = std::thread([this] { run(); });
}

void TailKeeper::take(model::Signal signal, const model::BatchId& id,
                      std::span<const TailRecord> records, std::function<void()> is_repeated,
                      pipeline::Ack ack) {
  Write write;
  write.id = id;
  write.is_repeated = std::move(is_repeated);
  write.ack = std::move(ack);
  append_take(write.change, signal, id, records);
  const std::size_t bytes = write.change.size();
  {
    const std::lock_guard lock(mutex_);
    const bool has_room = waiting_bytes_ + state_bytes_ + bytes <= options_.max_bytes;
    if (has_room && !stopping_) {
      waiting_bytes_ += bytes;
      waiting_.writes.push_back(std::move(write));
      wake_.notify_one();
      return;
    }
  }
  write.ack(fail(Errc::kUnavailable,
                 fmt::format("tailsample holds {} MiB that nobody has taken yet: try again later",
                             options_.max_bytes >> 20)));
}

void TailKeeper::use(const TailRules& rules) {
  const std::lock_guard lock(mutex_);
  waiting_.rules.push_back(rules);
  wake_.notify_one();
}

void TailKeeper::close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

TailKeeper::Group TailKeeper::wait_for_work() {
  const auto due = state_.next_due();
  Duration pause = kIdle;
  if (due) pause = std::clamp<Duration>(*due - clock_.now(), 0, kIdle);
  std::unique_lock lock(mutex_);
  for (const auto& [output, delivery] : deliveries_) {
    if (delivery.under_way) continue;
    pause = std::clamp<Duration>(delivery.next_try - clock_.monotonic(), 0, pause);
  }
  // A disk that is full is asked again, but not all the time.
  if (!is_writable_) pause = std::max(pause, kFirstRetry);
  wake_.wait_for(lock, std::chrono::nanoseconds(pause), [this] {
    const bool has_work = !waiting_.writes.empty() || !waiting_.rules.empty();
    return stopping_ || (has_work && is_writable_);
  });
  return std::exchange(waiting_, {});
}

void TailKeeper::run() {
  deliver_due();
  const auto is_stopping = [this] {
    const std::lock_guard lock(mutex_);
    const bool has_work = !waiting_.writes.empty() || !waiting_.rules.empty();
    return stopping_ && (!has_work || !is_writable_);
  };
  while (!is_stopping()) work(wait_for_work());
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::nanoseconds(pipeline::kStopGrace),
                 [this] { return under_way_ == 0; });
  Group rest = std::exchange(waiting_, {});
  lock.unlock();
  work(std::move(rest));
}

// The group as changes. Batches that came before are left out, and told apart.
std::vector<std::string> TailKeeper::changes_of(Group& group, std::vector<Write*>& repeated) {
  std::vector<std::string> changes;
  for (const std::uint64_t output : group.sent) append_sent(changes.emplace_back(), output);
  for (const TailRules& rules : group.rules) append_options(changes.emplace_back(), rules.sampling);
  // First of all, so that what comes now waits from now on.
  const Timestamp now = clock_.now();
  const auto due = state_.next_due();
  const bool is_step = now - state_.now() >= TailState::kStep;
  if (is_step && (!group.writes.empty() || (due && *due <= now))) {
    append_advance(changes.emplace_back(), now);
  }
  std::set<model::BatchId> ids;
  for (Write& write : group.writes) {
    const bool is_new =
        write.id.is_zero() || (!state_.has_taken(write.id) && ids.insert(write.id).second);
    if (is_new) {
      changes.push_back(std::move(write.change));
    } else {
      repeated.push_back(&write);
    }
  }
  return changes;
}

void TailKeeper::work(Group group) {
  std::size_t bytes = 0;
  for (const Write& write : group.writes) bytes += write.change.size();
  std::vector<Write*> repeated;
  const std::vector<std::string> changes = changes_of(group, repeated);
  Result<void> written;
  if (!changes.empty()) {
    for (const std::string& change : changes) journal_->add(change);
    written = journal_->commit();
  }
  is_writable_ = written.has_value();
  if (written) {
    apply(changes);
    if (!group.rules.empty()) policies_ = group.rules.back().policies;
    for (Write* write : repeated) write->is_repeated();
  } else {
    const std::lock_guard lock(mutex_);
    waiting_.sent.insert(waiting_.sent.end(), group.sent.begin(), group.sent.end());
    waiting_.rules.insert(waiting_.rules.begin(), group.rules.begin(), group.rules.end());
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_bytes_ -= bytes;
    for (const std::uint64_t output : group.sent) {
      if (written) deliveries_.erase(output);
    }
  }
  publish();
  for (Write& write : group.writes) {
    if (written) {
      write.ack({});
    } else {
      write.ack(fail(Errc::kUnavailable, written.error().message));
    }
  }
  deliver_due();
  rewrite_if_long();
}

void TailKeeper::apply(const std::vector<std::string>& changes) {
  for (const std::string& change : changes) {
    const auto decided = state_.apply(change);
    if (decided) count(*decided);  // It is ours: it always is a change.
  }
}

void TailKeeper::count(const TailDecided& decided) {
  for (const auto& [reason, policy, early] : decided.traces) {
    const bool has_policy =
        policy != lang::TailSampler::kNoPolicy &&
        (reason == lang::TailReason::kPolicy || reason == lang::TailReason::kRate);
    const std::string name = has_policy && policy < policies_.size() ? policies_[policy] : "";
    registry_
        .counter("obs_places_tailsample_traces_decided_total", kTracesHelp,
                 {{"decision", is_kept(reason) ? "kept" : "dropped"},
                  {"reason", word_of(reason)},
                  {"policy", name}})
        .add();
    if (early) {
      registry_
          .counter("obs_places_tailsample_traces_early_total",
                   "Traces that tailsample decided before their time, for lack of memory.")
          .add();
    }
  }
  registry_
      .counter("obs_places_tailsample_records_late_total",
               "Records that came when their trace was decided, and followed the decision.")
      .add(decided.late);
  hooks_.dropped(decided.dropped);
}

// Outputs that wait for a first try, or for another one.
void TailKeeper::deliver_due() {
  std::vector<const TailOutput*> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, output] : state_.outputs()) {
      Delivery& delivery = deliveries_[number];
      if (delivery.under_way || delivery.next_try > clock_.monotonic()) continue;
      delivery.under_way = true;
      ++under_way_;
      due.push_back(&output);
    }
  }
  for (const TailOutput* output : due) deliver(*output);
}

void TailKeeper::deliver(const TailOutput& output) {
  hooks_.deliver(
      output, id_of(output.number),
      [this, number = output.number](Result<void> outcome) { settle(number, std::move(outcome)); });
}

void TailKeeper::settle(std::uint64_t output, Result<void> outcome) {
  const std::lock_guard lock(mutex_);
  Delivery& delivery = deliveries_[output];
  --under_way_;
  if (outcome || outcome.error().code != Errc::kUnavailable) {
    waiting_.sent.push_back(output);  // Stays "under way": nobody tries it again.
  } else {
    delivery.under_way = false;
    const int doublings = std::min(delivery.failures++, 6);
    delivery.next_try = clock_.monotonic() + std::min(kFirstRetry << doublings, kLongestRetry);
  }
  wake_.notify_one();
}

void TailKeeper::rewrite_if_long() {
  if (journal_->size() < options_.rewrite_bytes) return;
  if (journal_->size() < 2 * state_.bytes()) return;
  const auto rewritten = journal_->rewrite(state_.save());
  const bool is_news = !rewritten && !std::exchange(has_warned_, !rewritten);
  if (is_news) hooks_.warn(rewritten.error().message);
}

void TailKeeper::publish() {
  registry_.gauge("obs_places_tailsample_traces_waiting", "Traces that tailsample has not decided.")
      .set(static_cast<double>(state_.traces()));
  registry_
      .gauge("obs_places_tailsample_bytes_held", "Bytes of records undecided or not handed on.")
      .set(static_cast<double>(state_.bytes()));
  const std::lock_guard lock(mutex_);
  state_bytes_ = state_.bytes();
}

model::BatchId TailKeeper::id_of(std::uint64_t output) const {
  return {hash128(as_text(journal_->identity().bytes), output)};
}

}  // namespace obs::places
