#include "libobs/model/batch.h"

#include <algorithm>

#include "libobs/base/hash.h"

namespace obs::model {
namespace {

const std::vector<Timestamp>& times_of(const Batch& batch) {
  switch (batch.signal) {
    case Signal::kLogs: return batch.logs.time;
    case Signal::kSpans: return batch.spans.time;
    case Signal::kMetrics: return batch.metrics.time;
  }
  return batch.logs.time;
}

const std::vector<TimeSource>& time_sources_of(const Batch& batch) {
  switch (batch.signal) {
    case Signal::kLogs: return batch.logs.time_source;
    case Signal::kSpans: return batch.spans.time_source;
    case Signal::kMetrics: return batch.metrics.time_source;
  }
  return batch.logs.time_source;
}

bool has_own_times(const Batch& batch) {
  const auto& sources = time_sources_of(batch);
  return std::all_of(sources.begin(), sources.end(),
                     [](TimeSource source) { return source != TimeSource::kReceived; });
}

}  // namespace

std::size_t Batch::size() const { return times_of(*this).size(); }

std::string_view find_service(Attributes attributes) {
  for (const KeyValue& attribute : attributes) {
    if (attribute.key == "service.name" && attribute.value.is_string()) {
      return attribute.value.as_string();
    }
  }
  return {};
}

void assign_id(Batch& batch, std::string_view request) {
  if (!request.empty() && has_own_times(batch)) {
    const std::uint64_t seed = hash64(batch.project, static_cast<std::uint64_t>(batch.signal));
    batch.id.bytes = hash128(request, seed);
  } else {
    fill_random(batch.id.bytes);
  }
}

TimeRange time_range(const Batch& batch) {
  const auto& times = times_of(batch);
  if (times.empty()) return {};
  const auto [min, max] = std::minmax_element(times.begin(), times.end());
  return {*min, *max};
}

}  // namespace obs::model
