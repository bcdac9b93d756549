// Exemplars while they are gathered, out of parts and of the WAL. Internal to libobs/store.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/sample_scan.h"

namespace obs::store {

// Of one series. One thread.
class ExemplarList {
 public:
  // `strategy`: how its labels are named.
  explicit ExemplarList(NameStrategy strategy) : strategy_(strategy) {}

  // What column `exemplars` holds of a point of that time; damaged items are left out.
  void add_json(std::string_view json, Timestamp point_time, const SampleRange& range);
  void add(std::span<const model::Exemplar> exemplars, Timestamp point_time,
           const SampleRange& range);

  std::size_t size() const { return exemplars_.size(); }
  // By time; those that were sent with several points once.
  std::vector<SampleExemplar> take();

 private:
  void keep(SampleExemplar exemplar, Timestamp point_time, const SampleRange& range);

  NameStrategy strategy_;
  std::vector<SampleExemplar> exemplars_;
};

}  // namespace obs::store
