// The instruments that the shop's services count and time with, and the attributes of their series.

#pragma once

#include <string_view>
#include <vector>

#include "cmd/obs-sim/timeline.h"

namespace obs::sim {

struct InstrumentInfo {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  model::MetricType type = model::MetricType::kSum;
  Library library = Library::kServer;
  bool is_monotonic = true;
  bool is_integer = true;
};

const InstrumentInfo& info(Instrument instrument);

// The same for measurements of one instance that share their attributes, different for others.
std::uint64_t series_key(const Measurement& measurement);

// Text lies in `arena`, or is static.
std::vector<model::KeyValue> series_attributes(const Measurement& measurement, Arena& arena);

}  // namespace obs::sim
