// How much each sender has had: token buckets that may go into debt.
//
// A request is let in while its sender's buckets are above zero, and is counted when its size is
// known, which may take them below: so a request is never too large for its limit, and the next one
// waits the longer. Buckets hold a second's worth.

#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libobs/api/api_key.h"
#include "libobs/base/clock.h"

namespace obs::api {

// Any thread. Remembers at most so many senders; beyond that it forgets those that have had
// nothing lately, and then counts new ones together.
class RateMeter {
 public:
  static constexpr std::size_t kMaxSenders = 65'536;

  // How long the sender has to wait until there is something in each bucket; 0 when there is now.
  Duration wait(const std::string& sender, const RateLimits& limits, Duration now);
  void charge(const std::string& sender, const RateLimits& limits, const RateLimits& amount,
              Duration now);

  std::size_t senders() const;

 private:
  struct Buckets {
    std::array<double, 3> level{};
    Duration filled = 0;  // When.
  };

  Buckets& fill(const std::string& sender, const RateLimits& limits, Duration now);
  void forget_idle(Duration now);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Buckets> senders_;
};

}  // namespace obs::api
