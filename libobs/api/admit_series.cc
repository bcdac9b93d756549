#include "libobs/api/admit_series.h"

#include <vector>

#include "libobs/model/batch.h"

namespace obs::api {

void admit_series(pipeline::SeriesGuard* guard, codec::Decoded& decoded) {
  if (guard == nullptr || decoded.batch.signal != model::Signal::kMetrics) return;
  const auto refused = guard->check(decoded.batch);
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

}  // namespace obs::api
