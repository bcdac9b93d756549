// When a target is scraped: at the same offset of each interval, by its hash, so that a fleet is
// spread evenly, restarts change nothing, and two scrapes are an interval apart to the nanosecond.
// Pure.

#pragma once

#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/hash.h"

namespace obs::scrape {

// The first time after `now` at which the target is due.
inline Timestamp next_scrape(std::string_view key, Duration interval, Timestamp now) {
  const auto offset = static_cast<Duration>(hash64(key) % static_cast<std::uint64_t>(interval));
  const Timestamp begun = now - now % interval + offset;
  return begun > now ? begun : begun + interval;
}

// The time that samples get: when the scrape was due, unless it really was later than that by a
// hundredth of the interval.
inline Timestamp sample_time(Timestamp due, Timestamp now, Duration interval) {
  return now - due <= interval / 100 ? due : now;
}

}  // namespace obs::scrape
