#include "libobs/codec/otlp_runs.h"

namespace obs::codec::otlp {

std::vector<MetricRun> metric_runs(const model::MetricColumns& points) {
  std::vector<bool> has_points(points.metrics.size());
  for (const std::uint32_t metric : points.metric) has_points[metric] = true;

  std::vector<MetricRun> runs;
  std::uint32_t next = 0;  // Metrics below it are written, or come with their points.
  const auto write_empty = [&](std::size_t until, std::size_t row) {
    for (; next < until; ++next) {
      if (!has_points[next]) runs.push_back({next, row, row});
    }
  };
  for (std::size_t row = 0; row < points.size();) {
    const std::size_t end =
        find_run_end(row, points.size(), [&](std::size_t at) { return points.metric[at]; });
    write_empty(points.metric[row], row);
    runs.push_back({points.metric[row], row, end});
    row = end;
  }
  write_empty(points.metrics.size(), points.size());
  return runs;
}

}  // namespace obs::codec::otlp
