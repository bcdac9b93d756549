#include "libobs/store/rollup_scan.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/edges.h"
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

void add_cell(const RollupReader& reader, Rollup& rollup) {
  RollupCell cell;
  cell.calls = reader.calls();
  cell.errors = reader.errors();
  for (const auto& [bucket, calls] : reader.durations()) cell.durations[bucket] += calls;
  rollup.at(reader.key())[reader.minute()].add(cell);
}

// Calls of external peers and their answers are in different parts. So they are settled here, and
// come after the others, as edges without a label; who reads the others leaves them out.
Result<std::vector<std::string>> add_unanswered(std::vector<std::string> rollups) {
  Rollup peers;
  for (const std::string& bytes : rollups) {
    auto reader = RollupReader::open(bytes);
    for (bool more = reader.has_value(); more;) {
      const auto next = reader->next();
      more = next && *next;
      if (more && is_unsettled(reader->key())) add_cell(*reader, peers);
    }
  }
  const Rollup settled = settle_answers(peers);
  Rollup plain;
  for (const auto& [key, minutes] : settled.rows()) {
    RollupKey unlabelled = key;
    unlabelled.labels[2].clear();
    Rollup::Minutes& own = plain.at(unlabelled);
    for (const auto& [minute, cell] : minutes) own[minute].add(cell);
  }
  if (!plain.empty()) rollups.push_back(encode_rollup(plain));
  return rollups;
}

}  // namespace

bool is_unsettled(const RollupKey& key) {
  return key.labels[2] == kExternalEdge || key.labels[2] == kAnsweredEdge;
}

Result<Rollup> scan_rollup(std::string_view kind, Sqlite& catalog, Connection& connection,
                           std::span<const RolledPart> parts, const std::string& fresh) {
  Rollup sum;
  for (const RolledPart& part : parts) {
    OBS_TRY(const Rollup rollup, of_part(kind, catalog, connection, part));
    sum.add(rollup);
  }
  OBS_TRY(const Rollup rollup, count_fresh(kind, connection, fresh));
  sum.add(rollup);
  return kind == kEdgesBlob ? settle_answers(sum) : sum;
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
  if (kind != kEdgesBlob) return all;
  return add_unanswered(std::move(all));
}

}  // namespace obs::store
