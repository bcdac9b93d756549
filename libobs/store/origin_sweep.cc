#include "libobs/store/origin_sweep.h"

#include <set>
#include <utility>
#include <vector>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/point_shape.h"

namespace obs::store {
namespace {

using model::Signal;

// What records there are by, of one signal.
struct Origin {
  std::set<std::uint32_t> resources;
  std::set<ServiceKey> services;
};

// Points name theirs in series, but for those of an earlier format.
bool names_origins(const Part& part) {
  return part.signal != Signal::kMetrics || shape_of(part.schema) == PointShape::kFlat;
}

Result<void> add_origins(DuckdbConnection& connection, Signal signal,
                         const std::vector<std::string>& paths, Origin& origin) {
  OBS_TRY(const auto rows, connection.query("SELECT DISTINCT resource_id, project, service FROM " +
                                            read_parquet_sql(paths, true)));
  std::span<const model::Value> row;
  for (;;) {
    OBS_TRY(const bool more, rows->next(row));
    if (!more) return {};
    if (row[0].kind() == model::ValueKind::kInt) {
      origin.resources.insert(static_cast<std::uint32_t>(row[0].as_int()));
    }
    if (!row[1].is_string() || !row[2].is_string()) continue;
    origin.services.emplace(signal, row[1].as_string(), row[2].as_string());
  }
}

}  // namespace

Result<std::size_t> sweep_origins(PartTable& table, const std::string& dir,
                                  DuckdbConnection& connection) {
  table.watch_origins();
  Origin origin;
  const std::vector<Part> parts = table.parts();
  for (const Signal signal : model::kSignals) {
    std::vector<std::string> paths;
    for (const Part& part : parts) {
      if (part.signal == signal && names_origins(part)) paths.push_back(to_file(dir, part).path);
    }
    if (!paths.empty()) OBS_TRY_VOID(add_origins(connection, signal, paths, origin));
  }
  return table.drop_origins(std::move(origin.resources), std::move(origin.services));
}

}  // namespace obs::store
