#include "libobs/scrape/runner.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "libobs/model/batch.h"
#include "libobs/scrape/schedule.h"

namespace obs::scrape {
namespace {

constexpr Duration kFirstPause = 100 * kMillisecond;
constexpr Duration kMostPause = 5 * kSecond;
// What is still offered to the sink once a target is gone or all is to end.
constexpr Duration kLastOffer = 2 * kSecond;

double to_seconds(Duration duration) {
  return static_cast<double>(duration) / static_cast<double>(kSecond);
}

}  // namespace

Scraper::Runner::Runner(const Context& context, pipeline::Ledger& ledger, Target target)
    : context_(context),
      ledger_(ledger),
      target_(std::make_shared<const Target>(std::move(target))),
      series_(target_) {
  auto fetcher = Fetcher::open(target_);
  if (fetcher) {
    fetcher_ = std::move(*fetcher);
  } else {
    context_.log(Level::kWarn, fetcher.error().message);
  }
  thread_ = std::thread([this] { run(); });
}

Scraper::Runner::~Runner() {
  stop(false);
  thread_.join();
}

void Scraper::Runner::stop(bool ended) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) ended_ = ended;
  stopping_ = true;
  if (fetcher_ != nullptr) fetcher_->end_at(context_.clock.monotonic());
  changed_.notify_all();
}

void Scraper::Runner::run() {
  const auto next = [this] {
    return next_scrape(target_->key, target_->interval, context_.clock.now());
  };
  for (Timestamp due = next(); wait_until(due); due = next()) scrape(due);
  if (!ended_) return;
  const Timestamp now = context_.clock.now();
  write(series_.end(now), now + kLastOffer);
}

// In steps of a second at most, so that a clock that is set is noticed.
bool Scraper::Runner::wait_until(Timestamp due) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Duration left = due - context_.clock.now();
    if (left <= 0) return true;
    if (left > target_->interval) return true;  // It was set back.
    changed_.wait_for(lock, std::chrono::nanoseconds(std::min(left, kSecond)));
  }
  return false;
}

bool Scraper::Runner::pause(Duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::nanoseconds(time), [this] { return stopping_; });
}

void Scraper::Runner::scrape(Timestamp due) {
  const Timestamp time = sample_time(due, context_.clock.now(), target_->interval);
  const Duration began = context_.clock.monotonic();
  Result<codec::Exposition> outcome = fail(Errc::kUnsupported, "libcurl is not installed");
  if (fetcher_ != nullptr) outcome = fetcher_->fetch();
  {
    // A scrape that was cut off because we end says nothing of the target.
    const std::lock_guard lock(mutex_);
    if (stopping_ && !outcome) return;
  }
  const double seconds = to_seconds(context_.clock.monotonic() - began);
  Result<model::Batch> batch = fail(Errc::kUnavailable, "");
  if (outcome) {
    batch = series_.take(*outcome, time, seconds);
    if (!batch) {
      outcome = fail(Error(batch.error()).during("scrape " + target_->url));
    }
  }
  note(outcome);
  if (!batch) batch = series_.fail_scrape(time, seconds);
  write(std::move(*batch), due + target_->interval);
}

// Told when it changes, not at each scrape.
void Scraper::Runner::note(const Result<codec::Exposition>& outcome) {
  context_.registry
      .counter("obs_scrape_scrapes_total", "Scrapes of targets.",
               {{"outcome", outcome ? "ok" : "failed"}})
      .add();
  const auto problem = outcome ? std::nullopt : std::optional(outcome.error().code);
  if (problem == std::exchange(problem_, problem)) return;
  const std::string job = "job " + target_->config->job_name + ": ";
  if (problem) {
    context_.log(Level::kWarn, job + outcome.error().message);
  } else {
    context_.log(Level::kInfo, job + "scraping " + target_->url + " works again");
  }
}

void Scraper::Runner::admit(model::Batch& batch) {
  using pipeline::Outcome;
  ledger_.count(model::Signal::kMetrics, Outcome::kReceived, batch.size());
  if (context_.guard == nullptr) return;
  const auto refused = context_.guard->check(batch);
  if (refused.empty()) return;
  ledger_.count(model::Signal::kMetrics, Outcome::kRejected, refused.size());
  std::vector<std::uint32_t> kept;
  auto next = refused.begin();
  for (std::uint32_t row = 0; row < batch.size(); ++row) {
    if (next != refused.end() && next->row == row) {
      ++next;
    } else {
      kept.push_back(row);
    }
  }
  const Timestamp received = batch.received;
  batch = model::select_rows(batch, kept);
  batch.received = received;
}

void Scraper::Runner::write(model::Batch&& batch, Timestamp deadline) {
  using pipeline::Outcome;
  admit(batch);
  const std::size_t records = batch.size();
  if (records == 0) return;
  model::assign_id(batch);
  const auto shared = std::make_shared<const model::Batch>(std::move(batch));
  for (Duration wait = kFirstPause;; wait = std::min(2 * wait, kMostPause)) {
    const auto written = offer(shared);
    if (written) return ledger_.count(model::Signal::kMetrics, Outcome::kSent, records);
    const bool again = written.error().code == Errc::kUnavailable &&
                       context_.clock.now() + wait < deadline && pause(wait);
    if (again) continue;
    context_.log(Level::kWarn, fmt::format("{} samples of {} are lost: {}", records, target_->url,
                                           written.error().message));
    return ledger_.count(model::Signal::kMetrics, Outcome::kFailed, records);
  }
}

Result<void> Scraper::Runner::offer(const model::BatchPtr& batch) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<Result<void>> result;
  };
  const auto answer = std::make_shared<Answer>();
  context_.sink.write(batch, [answer](Result<void> result) {
    const std::lock_guard lock(answer->mutex);
    answer->result = std::move(result);
    answer->came.notify_all();
  });
  std::unique_lock lock(answer->mutex);
  answer->came.wait(lock, [&answer] { return answer->result.has_value(); });
  return std::move(*answer->result);
}

}  // namespace obs::scrape
