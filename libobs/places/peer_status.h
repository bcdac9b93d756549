// PeerStatus: what a sink knows of the peer that it writes to, and what it owes it at the end.

#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

// Any thread may call anything.
class PeerStatus {
 public:
  // `name` is what messages call the peer: its address.
  explicit PeerStatus(std::string name, std::string problem = {})
      : name_(std::move(name)), problem_(std::move(problem)) {}

  // What is wrong with the peer; empty when nothing is.
  void note(std::string_view problem);
  std::vector<pipeline::Health> health() const;

  // The deadline of Sink::give_up_after(). True for the first call, which is the one that counts.
  bool end_after(Duration grace);
  bool is_ending() const { return deadline_ != kNever; }
  bool is_overdue() const { return system_clock().monotonic() >= deadline_; }
  Duration deadline() const { return deadline_; }

  // Records that were acked kUnavailable, as the end is near.
  void give_up(std::uint64_t records) { given_up_ += records; }
  // What Sink::close() says of them, once.
  Result<void> take_outcome();

 private:
  static constexpr Duration kNever = std::numeric_limits<Duration>::max();

  const std::string name_;
  std::atomic<Duration> deadline_{kNever};  // On the monotonic clock.
  std::atomic<std::uint64_t> given_up_{0};
  mutable std::mutex mutex_;
  std::string problem_;
};

}  // namespace obs::places
