#include "libobs/api/rate_meter.h"

#include <algorithm>

namespace obs::api {
namespace {

// A bucket that small is full within a second whatever its rate, unless it is in debt.
constexpr Duration kIdle = 10 * kSecond;
const std::string kOthers = "others";

std::array<double, 3> as_array(const RateLimits& limits) {
  return {limits.requests, limits.records, limits.bytes};
}

}  // namespace

RateMeter::Buckets& RateMeter::fill(const std::string& sender, const RateLimits& limits,
                                    Duration now) {
  const std::array<double, 3> rates = as_array(limits);
  if (senders_.size() >= kMaxSenders && senders_.find(sender) == senders_.end()) forget_idle(now);
  const bool full = senders_.size() >= kMaxSenders && senders_.find(sender) == senders_.end();
  const auto [at, is_new] = senders_.try_emplace(full ? kOthers : sender);
  Buckets& buckets = at->second;
  const double seconds = static_cast<double>(now - buckets.filled) / static_cast<double>(kSecond);
  for (std::size_t i = 0; i < rates.size(); ++i)
    buckets.level[i] =
        is_new ? rates[i] : std::min(rates[i], buckets.level[i] + seconds * rates[i]);
  buckets.filled = now;
  return buckets;
}

void RateMeter::forget_idle(Duration now) {
  std::erase_if(senders_, [&](const auto& entry) {
    const Buckets& buckets = entry.second;
    return now - buckets.filled > kIdle && std::all_of(buckets.level.begin(), buckets.level.end(),
                                                       [](double level) { return level >= 0; });
  });
}

Duration RateMeter::wait(const std::string& sender, const RateLimits& limits, Duration now) {
  const std::array<double, 3> rates = as_array(limits);
  const std::lock_guard lock(mutex_);
  const Buckets& buckets = fill(sender, limits, now);
  double seconds = 0;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (rates[i] > 0 && buckets.level[i] <= 0)
      // To a tenth of a second's worth: what is asked to come back finds room.
      seconds = std::max(seconds, 0.1 - buckets.level[i] / rates[i]);
  }
  return static_cast<Duration>(seconds * static_cast<double>(kSecond));
}

void RateMeter::charge(const std::string& sender, const RateLimits& limits,
                       const RateLimits& amount, Duration now) {
  const std::array<double, 3> rates = as_array(limits);
  const std::array<double, 3> amounts = as_array(amount);
  const std::lock_guard lock(mutex_);
  Buckets& buckets = fill(sender, limits, now);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (rates[i] > 0) buckets.level[i] -= amounts[i];
  }
}

std::size_t RateMeter::senders() const {
  const std::lock_guard lock(mutex_);
  return senders_.size();
}

}  // namespace obs::api
