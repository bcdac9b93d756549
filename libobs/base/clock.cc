#include "libobs/base/clock.h"

#include <time.h>

namespace obs {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  Timestamp now() const override { return read_clock(CLOCK_REALTIME); }
  Duration monotonic() const override { return read_clock(CLOCK_MONOTONIC); }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace obs
