// Requests of Prometheus remote write as Prometheus sends them: series as node_exporter has them,
// six labels each, a sample in a series of its own, a thousand in a request. Not compressed.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace obs::bench {

using SentLabels = std::vector<std::pair<std::string, std::string>>;

SentLabels labels_of(std::size_t series);
double value_of(std::size_t series);

// Of version 1.0 and 2.0. All samples have that time, in milliseconds.
std::string remote_write_v1(std::int64_t time_ms);
std::string remote_write_v2(std::int64_t time_ms);

}  // namespace obs::bench
