#include "tests/bench/ingest_load.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <deque>
#include <memory>
#include <random>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/bench/ingest_exchange.h"

namespace obs::bench {
namespace {

constexpr Duration kPause = 10 * kMillisecond;  // After a refusal, before the next try.
constexpr Duration kSamples = 50 * kMillisecond;
// Requests that are due and wait for a connection: more is a sender that has given up.
constexpr std::size_t kMostDue = 64;

Duration now() { return system_clock().monotonic(); }

// No two requests of a process have the same.
std::uint64_t next_number() {
  static std::atomic<std::uint64_t> number{0};
  return ++number;
}

class Generator {
 public:
  Generator(const IngestRequest& request, const Load& load)
      : request_(request), load_(load), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    epoll_event event{EPOLLIN, {}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event);
    lanes_.resize(load.connections);
    for (Lane& lane : lanes_) connect(lane);
  }
  ~Generator() {
    lanes_.clear();
    ::close(timer_);
    ::close(epoll_);
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  LoadResult run() {
    began_ = next_due_ = next_sample_ = now();
    for (bool over = false; !over || busy_ > 0;) {
      const Duration time = now();
      over = load_.requests > 0 ? result_.accepted + result_.other >= load_.requests
                                : time - began_ >= load_.time;
      if (!over) fall_due(time);
      start_lanes(time, over);
      if (load_.sample && time >= next_sample_) {
        load_.sample();
        next_sample_ = time + kSamples;
      }
      wait(time);
    }
    result_.seconds = static_cast<double>(now() - began_) / kSecond;
    std::sort(result_.latencies.begin(), result_.latencies.end());
    return std::move(result_);
  }

 private:
  struct Lane {
    std::unique_ptr<Exchange> exchange;
    bool busy = false;
    bool again = false;       // The last request was refused, and is to be sent again.
    Duration not_before = 0;  // A pause after a refusal.
    Duration due = 0;
  };

  void connect(Lane& lane) {
    lane.exchange = open_exchange(request_, load_.port);
    epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {}};
    event.data.ptr = &lane;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, lane.exchange->fd(), &event);
  }

  // Open loop: what should be sent by now. Many senders are not in step, so requests come at random
  // (a Poisson process): sometimes several at once, and the same in every run.
  void fall_due(Duration time) {
    if (load_.rate <= 0) return;
    for (; next_due_ <= time; next_due_ += static_cast<Duration>(pause_(random_) * kSecond)) {
      if (due_.size() < kMostDue) {
        due_.push_back(next_due_);
      } else {
        ++result_.unsent;
      }
    }
  }

  void start_lanes(Duration time, bool over) {
    for (Lane& lane : lanes_) {
      if (lane.busy || time < lane.not_before) continue;
      if (lane.again) {
        start(lane, lane.due);
      } else if (load_.rate > 0) {
        if (due_.empty()) return;
        const Duration due = due_.front();
        due_.pop_front();
        start(lane, due);
      } else if (!over) {
        if (load_.requests > 0 && begun_ >= load_.requests) continue;
        start(lane, time);
      }
    }
  }

  void start(Lane& lane, Duration due) {
    if (!lane.again) ++begun_;
    lane.busy = true;
    lane.again = false;
    lane.due = due;
    ++busy_;
    lane.exchange->begin(next_number());
    advance(lane);
  }

  void advance(Lane& lane) {
    Answer answer;
    if (!lane.busy || !lane.exchange->advance(answer)) return;
    lane.busy = false;
    --busy_;
    const Duration time = now();
    if (answer.status == 200 || answer.status == 204) {
      ++result_.accepted;
      result_.latencies.push_back(time - lane.due);
    } else if (answer.status == 429 || answer.status == 503) {
      ++result_.refused;
      if (!answer.says_when) ++result_.unannounced;
      lane.again = load_.retry;
      lane.not_before = load_.retry ? time + kPause : 0;
    } else if (answer.status != 0) {
      ++result_.other;
    }
    if (answer.status != 0 && answer.keeps_alive) return;
    lane.again |= load_.retry && answer.status == 0;
    ++result_.closed;
    connect(lane);
  }

  void wait(Duration time) {
    Duration until = time + kSamples;
    if (load_.rate > 0) until = std::min(until, next_due_);
    for (const Lane& lane : lanes_) {
      if (!lane.busy && lane.not_before > time) until = std::min(until, lane.not_before);
    }
    itimerspec at{};
    at.it_value.tv_sec = until / kSecond;
    at.it_value.tv_nsec = until % kSecond;
    ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_, events, std::size(events), -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr != nullptr) advance(*static_cast<Lane*>(events[i].data.ptr));
    }
  }

  const IngestRequest& request_;
  const Load& load_;
  const int epoll_;
  int timer_ = -1;
  std::vector<Lane> lanes_;
  std::size_t busy_ = 0;
  std::size_t begun_ = 0;
  std::mt19937_64 random_{1};
  std::exponential_distribution<double> pause_{load_.rate > 0 ? load_.rate : 1};  // In seconds.
  std::deque<Duration> due_;
  Duration began_ = 0;
  Duration next_due_ = 0;
  Duration next_sample_ = 0;
  LoadResult result_;
};

}  // namespace

double LoadResult::milliseconds(double share) const {
  if (latencies.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * double(latencies.size())));
  const std::size_t at = std::min(std::max<std::size_t>(rank, 1), latencies.size()) - 1;
  return static_cast<double>(latencies[at]) / kMillisecond;
}

LoadResult run_load(const IngestRequest& request, const Load& load) {
  return Generator(request, load).run();
}

}  // namespace obs::bench
