// Self-metrics: counters, gauges and histograms of this process, rendered as Prometheus text on
// /metrics.
//
// Names follow obs_<module>_<noun>_<verb>_total; a name has one type. A metric is looked up once
// (locks, allocates) and then counted on through the reference (one relaxed atomic add). References
// live as long as the Registry.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace obs {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double change) { value_.fetch_add(change, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Counts observations by size. Bounds are upper, ascending, and fixed at birth.
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  // Observations in bucket `i`; the bucket after the last bound holds the rest.
  std::uint64_t count(std::size_t i) const { return counts_[i].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

// Upper bounds that suit the seconds a request or a flush takes: 1 ms to 10 s.
inline constexpr double kSecondsBounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                            0.25,  0.5,    1,     2.5,  5,     10};

using Label = std::pair<std::string_view, std::string_view>;

class Registry {
 public:
  // The metric of that name and those labels, made on first use. `help` is kept from the first call
  // for a name.
  Counter& counter(std::string_view name, std::string_view help,
                   std::initializer_list<Label> labels = {});
  Gauge& gauge(std::string_view name, std::string_view help,
               std::initializer_list<Label> labels = {});
  // `bounds` are kept from the first call for a name and labels.
  Histogram& histogram(std::string_view name, std::string_view help,
                       std::initializer_list<Label> labels = {},
                       std::span<const double> bounds = kSecondsBounds);
  // A gauge read when rendered, for what is cheaper to ask than to keep. `read` runs on the
  // rendering thread, and must not call the Registry.
  void gauge_callback(std::string_view name, std::string_view help, std::function<double()> read);

  // Prometheus text exposition format 0.0.4, families sorted by name. Any thread.
  std::string render() const;

 private:
  struct Family {
    std::string help;
    std::string type;
    std::map<std::string, std::unique_ptr<Counter>> counters;  // By rendered label set.
    std::map<std::string, std::unique_ptr<Gauge>> gauges;
    std::map<std::string, std::unique_ptr<Histogram>> histograms;
    std::function<double()> callback;
  };
  Family& family(std::string_view name, std::string_view help, std::string_view type);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace obs
