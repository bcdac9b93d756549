// SeriesGuard: keeps one metric, or one label, from filling a store with series.
//
// For each project it counts the series of each metric and the values of each label. Past four
// fifths of a limit it warns; at the limit it refuses what would be a new series of that metric, or
// a new value of that label, and nothing else: series that are known go on, other metrics too. What
// was not seen for one to two hours is forgotten, and makes room.
//
// Series are known by a hash of 64 bits, so one in a hundred million that is new is taken for
// another. Memory is bounded: 16 bytes a hash and its room, kMaxTracked of them. Each project has
// some of that for itself; of the rest it may take three times what it leaves to the others. So a
// project alone has most of it, and what one explodes to is never all. Beyond, all that is new to
// that project is refused.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/model/batch.h"
#include "libobs/pipeline/series_table.h"

namespace obs::pipeline {

struct SeriesLimits {
  // A fleet has thousands, the buckets of a large cluster a hundred thousand; an id in a label has
  // as many as there are requests. 0: no limit.
  std::size_t series_per_metric = 200'000;
  std::size_t values_per_label = 200'000;
};

// Any thread.
class SeriesGuard {
 public:
  using Warn = std::function<void(std::string_view)>;
  struct Refused {
    std::uint32_t row = 0;
    std::string_view why;  // Names the offender; as long as the guard lives.
  };

  // Hashes of series and of values of labels, together 128 MiB at most.
  static constexpr std::size_t kMaxTracked = std::size_t{2} << 20;
  // What series look like in the bytes of their senders, 32 MiB at most beside them.
  static constexpr std::size_t kMaxSpellings = std::size_t{1} << 19;
  // Projects that are told apart; further ones are one. So many hashes each has for itself.
  static constexpr std::size_t kMaxProjects = 64;
  static constexpr std::size_t kOwnTracked = 8192;
  // Offenders of a project that are named one by one, in the log, on /metrics and to senders; and
  // of all projects.
  static constexpr std::size_t kMaxNamed = 100;
  static constexpr std::size_t kMaxNamedInAll = 1000;
  static constexpr Duration kRound = kHour;

  // The others outlive the guard. `warn` is called with the guard locked.
  SeriesGuard(SeriesLimits limits, Registry& registry, const Clock& clock, Warn warn);

  // The points of a batch of metrics, whose project is set, that must not be kept, in their order.
  // All others are taken note of.
  std::vector<Refused> check(const model::Batch& batch);

 private:
  struct Project {
    std::string name;
    std::uint32_t other_metrics = 0;  // The owners that further names share.
    std::uint32_t other_labels = 0;
    std::size_t tracked = 0;  // Series and values.
    std::size_t owners = 0;
    std::size_t named = 0;
  };
  // A metric of a project, or a label.
  struct Owner {
    std::string name;
    std::uint32_t project = 0;
    bool is_label = false;
    std::size_t count = 0;
    bool warned = false;
    std::string_view why;  // Set once it is refused something.
    Counter* refused = nullptr;
  };

  std::uint32_t find_project(std::string_view name);
  std::uint32_t find_owner(bool is_label, std::string_view name);
  std::uint32_t add_owner(bool is_label, std::string_view name, std::uint32_t project);
  bool may_track(const Project& project) const;
  bool may_name(const Project& project) const;
  std::string describe(const Owner& owner) const;
  std::size_t limit(const Owner& owner) const;
  // Why there is no room for one more; empty: there is, and it is warned when it gets little.
  std::string_view find_refusal(Owner& owner);
  std::string_view refuse(Owner& owner, std::string why);
  // Why the point in that row must not be kept; empty: its series is known, or taken note of.
  std::string_view admit(const model::Batch& batch, std::uint32_t row, std::uint64_t hash);
  void note_spelling(std::uint64_t hash);
  std::string_view admit_series(std::uint64_t hash, std::uint32_t metric,
                                model::Attributes attributes);
  void count(std::uint32_t owner);
  void begin_round();

  const SeriesLimits limits_;
  Registry& registry_;
  const Clock& clock_;
  const Warn warn_;
  Gauge& tracked_;

  std::mutex mutex_;
  std::uint32_t round_ = 1;
  Timestamp round_ends_ = 0;
  std::vector<Project> projects_;
  std::uint32_t project_ = 0;  // Of the batch that is being checked.
  std::vector<Owner> owners_;
  std::unordered_map<std::uint64_t, std::uint32_t> owner_of_;
  SeriesTable series_;
  SeriesTable spellings_;  // Of series that were seen in this round.
  SeriesTable values_;
  std::deque<std::string> told_;
  std::size_t named_ = 0;
  std::vector<std::uint64_t> new_values_;
  std::vector<std::uint32_t> new_value_labels_;
};

}  // namespace obs::pipeline
