// The series of one target from scrape to scrape: what a scrape becomes, which series are new, and
// which have ended and get a staleness marker. Pure; of one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/codec/exposition.h"
#include "libobs/codec/prometheus_batch.h"
#include "libobs/model/batch.h"
#include "libobs/scrape/target.h"

namespace obs::scrape {

class TargetSeries {
 public:
  explicit TargetSeries(std::shared_ptr<const Target> target);

  // The samples of a scrape that began at `time` and took `seconds`, those that describe it (up and
  // its like), and markers for series that are gone. kLimitExceeded, kMalformed: a limit of the
  // config is exceeded, or relabeling left a series without a name; then nothing has changed, and
  // the scrape has failed.
  Result<model::Batch> take(const codec::Exposition& exposition, Timestamp time, double seconds);
  // Of a scrape that failed: up is 0, and all series have ended.
  model::Batch fail_scrape(Timestamp time, double seconds);
  // Of a target that is scraped no more: everything has ended, up too.
  model::Batch end(Timestamp time);

 private:
  class Builder;

  void add_ended(Builder& builder, const std::unordered_set<std::uint64_t>& current) const;

  const std::shared_ptr<const Target> target_;
  // The last scrape that went well: rows of it that can end, and the hashes of their labels.
  std::shared_ptr<const model::Batch> last_;
  std::vector<std::uint32_t> rows_;
  std::unordered_set<std::uint64_t> hashes_;
  bool reported_ = false;
};

}  // namespace obs::scrape
