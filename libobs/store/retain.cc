#include "libobs/store/retain.h"

#include <chrono>
#include <utility>

namespace obs::store {
namespace {

constexpr std::chrono::hours kInterval{1};
// After a failure: the caretaker was busy, or the disk full.
constexpr std::chrono::minutes kRetryInterval{1};
// A part is rewritten once a day at most, as its records grow too old one after the other.
constexpr Duration kPatience = kDay;

}  // namespace

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
