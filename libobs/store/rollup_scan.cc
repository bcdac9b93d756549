#include "libobs/store/rollup_scan.h"

#include <fmt/format.h>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/rollup_reader.h"
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

Result<Rollup> count_part(std::string_view kind, Connection& connection, const RolledPart& part) {
  const std::string spans =
      "(" + select_from(model::Signal::kSpans, std::span(&part.file, 1), {}) + ")";
  return count(kind, connection, spans, kind == kEdgesBlob ? "spans" : spans);
}

Result<Rollup> count_fresh(std::string_view kind, Connection& connection,
                           const std::string& fresh) {
  if (fresh.empty()) return Rollup();
  return count(kind, connection, fresh, fmt::format(fmt::runtime(kNear), fresh));
}

Result<Rollup> of_part(std::string_view kind, Sqlite& catalog, Connection& connection,
                       const RolledPart& part) {
  OBS_TRY(const std::string bytes, read_blob(catalog, part.id, kind));
  if (!bytes.empty()) {
    if (auto known = decode_rollup(bytes)) return *std::move(known);
  }
  return count_part(kind, connection, part);
}

}  // namespace

Result<Rollup> scan_rollup(std::string_view kind, Sqlite& catalog, Connection& connection,
                           std::span<const RolledPart> parts, const std::string& fresh) {
  Rollup sum;
  for (const RolledPart& part : parts) {
    OBS_TRY(const Rollup rollup, of_part(kind, catalog, connection, part));
    sum.add(rollup);
  }
  OBS_TRY(const Rollup rollup, count_fresh(kind, connection, fresh));
  sum.add(rollup);
  return sum;
}

Result<std::vector<std::string>> read_rollups(std::string_view kind, Sqlite& catalog,
                                              Connection& connection,
                                              std::span<const RolledPart> parts,
                                              const std::string& fresh) {
  std::vector<std::string> all;
  for (const RolledPart& part : parts) {
    OBS_TRY(std::string bytes, read_blob(catalog, part.id, kind));
    if (!RollupReader::open(bytes)) {
      OBS_TRY(const Rollup counted, count_part(kind, connection, part));
      bytes = encode_rollup(counted);
    }
    all.push_back(std::move(bytes));
  }
  OBS_TRY(const Rollup rollup, count_fresh(kind, connection, fresh));
  if (!rollup.empty()) all.push_back(encode_rollup(rollup));
  return all;
}

}  // namespace obs::store
