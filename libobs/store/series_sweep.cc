#include "libobs/store/series_sweep.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/duckdb_chunks.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/duckdb_value.h"
#include "libobs/store/point_merge.h"
#include "libobs/store/point_shape.h"

namespace obs::store {
namespace {

// As merges do: written once and read for long.
constexpr int kSweepLevel = 3;

// Kept by the reading connection during a sweep.
constexpr const char* kIsLive = "series_id IN (SELECT series_id FROM obs_live)";

// Ids in one statement.
constexpr std::size_t kMaxIds = 10'000;

bool refers_to_series(const Part& part) {
  const PointShape shape = shape_of(part.schema);
  return part.signal == model::Signal::kMetrics &&
         (shape == PointShape::kNumbers || shape == PointShape::kDistributions);
}

}  // namespace

// The catalog forgets first. What a part of series then has too much of is referred to by nobody,
// and a flush that meets such a series again gives it another id.
Result<std::size_t> SeriesSweeper::sweep() {
  OBS_TRY_VOID(connect());
  table_.watch_series();
  const std::vector<Part> parts = table_.parts();
  if (std::none_of(parts.begin(), parts.end(), is_series)) return std::size_t{0};
  OBS_TRY(auto live, find_live(parts));
  OBS_TRY(const auto dropped, table_.drop_series(std::move(live)));
  OBS_TRY_VOID(keep_claimed(dropped.claimed));
  for (const Part& part : parts) {
    if (is_series(part)) OBS_TRY_VOID(sweep_part(part));
  }
  OBS_TRY_VOID(reader_->execute("DROP TABLE obs_live"));
  return dropped.count;
}

Result<void> SeriesSweeper::connect() {
  if (copier_ != nullptr) return {};
  OBS_TRY(reader_, engine_.connect());
  OBS_TRY(copier_, engine_.connect());
  return {};
}

Result<std::vector<std::uint32_t>> SeriesSweeper::find_live(const std::vector<Part>& parts) {
  std::vector<std::string> paths;
  for (const Part& part : parts) {
    if (refers_to_series(part)) paths.push_back(to_file(dir_, part).path);
  }
  OBS_TRY_VOID(reader_->execute("CREATE OR REPLACE TEMP TABLE obs_live (series_id UINTEGER)"));
  if (!paths.empty()) {
    OBS_TRY_VOID(reader_->execute("INSERT INTO obs_live SELECT DISTINCT series_id FROM " +
                                  read_parquet_sql(paths)));
  }
  OBS_TRY(auto chunks, reader_->query_chunks("SELECT series_id FROM obs_live"));
  std::vector<std::uint32_t> live;
  for (;;) {
    OBS_TRY(const bool more, chunks.next());
    if (!more) return live;
    const VectorView ids(chunks.api(), chunks.api().data_chunk_get_vector(chunks.chunk(), 0));
    const idx_t rows = chunks.api().data_chunk_get_size(chunks.chunk());
    for (idx_t row = 0; row < rows; ++row) live.push_back(ids.at<std::uint32_t>(row));
  }
}

Result<void> SeriesSweeper::keep_claimed(const std::vector<std::uint32_t>& ids) {
  for (std::size_t begin = 0; begin < ids.size(); begin += kMaxIds) {
    const auto some = std::span(ids).subspan(begin, std::min(kMaxIds, ids.size() - begin));
    OBS_TRY_VOID(reader_->execute(
        fmt::format("INSERT INTO obs_live SELECT unnest([{}])", fmt::join(some, ", "))));
  }
  return {};
}

Result<void> SeriesSweeper::sweep_part(const Part& part) {
  const std::string path = to_file(dir_, part).path;
  OBS_TRY(const auto counts,
          reader_->query(fmt::format("SELECT count(*) FROM {} WHERE {}",
                                     read_parquet_sql(std::span(&path, 1)), kIsLive)));
  std::span<const model::Value> row;
  OBS_TRY(const bool more, counts->next(row));
  const auto rows = more ? static_cast<std::uint64_t>(row[0].as_int()) : part.rows;
  if (rows == part.rows) return {};
  CatalogChange change;
  if (rows > 0) {
    OBS_TRY(Part rest, rewrite(part, rows));
    change.added.push_back(std::move(rest));
  }
  change.removed.push_back(part.id);
  OBS_TRY_VOID(table_.commit(change));
  table_.remove_files(std::span(&part, 1));
  return {};
}

Result<Part> SeriesSweeper::rewrite(const Part& part, std::uint64_t count) {
  Part rest = part;
  rest.rows = count;
  rest.id = table_.next_id();
  const PartFile file = to_file(dir_, part);
  OBS_TRY(auto rows, start_merge(*reader_, rest, std::span(&file, 1), kIsLive));
  return writer_.write(*copier_, engine_.rows(), std::move(rows), std::move(rest), kSweepLevel);
}

}  // namespace obs::store
