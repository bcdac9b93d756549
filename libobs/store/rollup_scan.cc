#include "libobs/store/rollup_scan.h"

#include <fmt/format.h>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/rollup_sql.h"

namespace obs::store {
namespace {

// A span that has just come and its parent begin within so much of each other, but for few.
constexpr std::string_view kNear =
    "(SELECT * FROM spans WHERE time >= (SELECT min(time)::TIMESTAMP - INTERVAL 10 MINUTE FROM "
    "{})::TIMESTAMP_NS)";

Result<Rollup> count(std::string_view kind, Connection& connection, const std::string& own,
                     const std::string& all) {
  if (kind == kEdgesBlob) return count_edges(connection, own, all);
  return count_span_metrics(connection, own);
}

Result<Rollup> of_part(std::string_view kind, Sqlite& catalog, Connection& connection,
                       const RolledPart& part) {
  OBS_TRY(const std::string bytes, read_blob(catalog, part.id, kind));
  if (!bytes.empty()) {
    if (auto known = decode_rollup(bytes)) return *std::move(known);
  }
  const std::string spans =
      "(" + select_from(model::Signal::kSpans, std::span(&part.file, 1), {}) + ")";
  return count(kind, connection, spans, kind == kEdgesBlob ? "spans" : spans);
}

}  // namespace

Result<Rollup> scan_rollup(std::string_view kind, Sqlite& catalog, Connection& connection,
                           std::span<const RolledPart> parts, const std::string& fresh) {
  Rollup sum;
  for (const RolledPart& part : parts) {
    OBS_TRY(const Rollup rollup, of_part(kind, catalog, connection, part));
    sum.add(rollup);
  }
  if (fresh.empty()) return sum;
  OBS_TRY(const Rollup rollup,
          count(kind, connection, fresh, fmt::format(fmt::runtime(kNear), fresh)));
  sum.add(rollup);
  return sum;
}

}  // namespace obs::store
