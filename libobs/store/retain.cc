#include "libobs/store/retain.h"

#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/engine.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

constexpr std::chrono::hours kInterval{1};
// After a failure: the caretaker was busy, or the disk full.
constexpr std::chrono::minutes kRetryInterval{1};
// A part is rewritten once a day at most, as its records grow too old one after the other.
constexpr Duration kPatience = kDay;

// Fails as a statement over records of the signal would.
Result<void> check_condition(DuckdbConnection& connection, model::Signal signal,
                             const std::string& condition) {
  return connection.execute(fmt::format("SELECT 1 FROM ({}) AS {} WHERE ({})",
                                        select_from(signal, {}, {}),
                                        to_sql_identifier(view_of(signal)), condition));
}

Result<void> settle_condition(DuckdbConnection& connection, RecordChoice& choice) {
  const std::vector<model::Signal> given = std::exchange(choice.signals, {});
  std::optional<Error> failure;
  for (const model::Signal signal : model::kSignals) {
    RecordChoice among;
    among.signals = given;
    if (!among.has(signal)) continue;
    auto bound = check_condition(connection, signal, choice.condition);
    if (bound) {
      choice.signals.push_back(signal);
    } else if (!failure || !given.empty()) {
      failure = std::move(bound).error();
    }
  }
  const bool fits = !choice.signals.empty() && (given.empty() || !failure);
  if (fits) return {};
  return fail(std::move(*failure).during("retain where " + choice.condition));
}

}  // namespace

Result<void> settle_policies(std::vector<RetainPolicy>& policies) {
  Engine engine({1, "", ""});
  std::unique_ptr<DuckdbConnection> connection;
  for (RetainPolicy& policy : policies) {
    if (policy.choice.condition.empty()) continue;
    if (connection == nullptr) {
      OBS_TRY(connection, engine.connect());
    }
    OBS_TRY_VOID(settle_condition(*connection, policy.choice));
  }
  return {};
}

Retainer::Retainer(std::vector<RetainPolicy> policies, Run run)
    : policies_(std::move(policies)), run_(std::move(run)), thread_([this] { this->run(); }) {}

Retainer::~Retainer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  job_.cancel();
  wake_.notify_one();
  thread_.join();
}

std::string Retainer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Retainer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::string failure = apply();
    lock.lock();
    failure_ = std::move(failure);
    const auto interval = failure_.empty() ? std::chrono::minutes(kInterval) : kRetryInterval;
    wake_.wait_for(lock, interval, [this] { return stopping_; });
  }
}

std::string Retainer::apply() {
  std::string failure;
  for (const RetainPolicy& policy : policies_) {
    CareRequest request{CareRequest::Task::kRetain, policy};
    request.policy.patience = kPatience;
    if (const auto done = run_(request, job_); !done) failure = "retain: " + done.error().message;
  }
  return failure;
}

}  // namespace obs::store
