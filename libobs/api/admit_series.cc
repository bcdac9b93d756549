#include "libobs/api/admit_series.h"

#include <vector>

#include "libobs/model/batch.h"

namespace obs::api {
namespace {

using Refused = pipeline::SeriesGuard::Refused;

// Busy series have fifty. Each is a value that the guard takes note of, so one series with a
// million would use up what it can know, and new series of everybody else would be refused.
constexpr std::size_t kMostLabels = 1'000;
constexpr std::string_view kTooManyLabels = "a series with more than 1000 labels";

std::vector<Refused> find_wide(const model::MetricColumns& points) {
  std::vector<Refused> wide;
  for (std::uint32_t row = 0; row < points.size(); ++row) {
    if (points.attributes[row].size() > kMostLabels) wide.push_back({row, kTooManyLabels});
  }
  return wide;
}

void take_out(codec::Decoded& decoded, const std::vector<Refused>& refused) {
  if (refused.empty()) return;
  std::vector<std::uint32_t> kept;
  auto next = refused.begin();
  for (std::uint32_t row = 0; row < decoded.batch.size(); ++row) {
    if (next != refused.end() && next->row == row) {
      decoded.rejected.add(row, next->why);
      ++next;
    } else {
      kept.push_back(row);
    }
  }
  const std::uint64_t repaired = decoded.batch.repaired_utf8;
  const Timestamp received = decoded.batch.received;
  decoded.batch = model::select_rows(decoded.batch, kept);
  decoded.batch.repaired_utf8 = repaired;
  decoded.batch.received = received;
}

}  // namespace

void admit_series(pipeline::SeriesGuard* guard, codec::Decoded& decoded) {
  if (guard == nullptr || decoded.batch.signal != model::Signal::kMetrics) return;
  take_out(decoded, find_wide(decoded.batch.metrics));
  take_out(decoded, guard->check(decoded.batch));
}

}  // namespace obs::api
