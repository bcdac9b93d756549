#include "libobs/store/rewrite.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part_notes.h"
#include "libobs/store/point_merge.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/rollup_blobs.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

// As merges do: written once and read for long.
constexpr int kRewriteLevel = 3;

// The numbers of the rows that go, kept by the reading connection while their part is rewritten. By
// number, since the condition is over the columns of the view, and the rewriting over those of the
// file. NOT IN keeps the order of rows; an anti join need not.
constexpr std::string_view kIsKept = "seq NOT IN (SELECT seq FROM obs_removed)";

}  // namespace

std::string to_condition(const RecordChoice& choice, std::optional<Timestamp> before,
                         std::uint64_t last_seq) {
  std::string all;
  const auto add = [&](const std::string& condition) {
    all += (all.empty() ? "" : " AND ") + condition;
  };
  if (before) add(fmt::format("time < TIMESTAMP_NS '{}'", to_rfc3339(*before)));
  if (last_seq != std::numeric_limits<std::uint64_t>::max())
    add(fmt::format("seq <= {}", last_seq));
  if (choice.project) add("project = " + to_sql_string(*choice.project));
  if (choice.service) add("service = " + to_sql_string(*choice.service));
  if (!choice.condition.empty()) add(fmt::format("({})", choice.condition));
  return all.empty() ? "true" : all;
}

Result<void> Rewriter::connect() {
  if (copier_ != nullptr) return {};
  OBS_TRY(reader_, engine_.connect());
  OBS_TRY(copier_, engine_.connect());
  return {};
}

std::string Rewriter::matching(std::span<const Part> parts, const std::string& condition) const {
  const model::Signal signal = parts.front().signal;
  std::vector<PartFile> files;
  for (const Part& part : parts) files.push_back(to_file(dir_, part));
  if (signal == model::Signal::kMetrics) add_series(files);
  return fmt::format("FROM ({}) AS {} WHERE {}", select_from(signal, files, {}),
                     to_sql_identifier(view_of(signal)), condition);
}

void Rewriter::add_series(std::vector<PartFile>& files) const {
  for (const Part& part : table_.parts()) {
    if (is_series(part)) files.push_back(to_file(dir_, part));
  }
}

Result<std::uint64_t> Rewriter::query_count(const std::string& sql) {
  OBS_TRY(const auto rows, reader_->query(sql));
  std::span<const model::Value> row;
  OBS_TRY(const bool more, rows->next(row));
  return more ? static_cast<std::uint64_t>(row[0].as_int()) : 0;
}

Result<std::uint64_t> Rewriter::count(const Part& part, const std::string& condition) {
  OBS_TRY_VOID(connect());
  return query_count("SELECT count(*) " + matching(std::span(&part, 1), condition));
}

Result<std::vector<std::uint64_t>> Rewriter::find(std::span<const Part> parts,
                                                  const std::string& condition) {
  OBS_TRY_VOID(connect());
  std::vector<std::uint64_t> found;
  OBS_TRY(const auto rows, reader_->query("SELECT seq " + matching(parts, condition)));
  std::span<const model::Value> row;
  for (;;) {
    OBS_TRY(const bool more, rows->next(row));
    if (!more) break;
    found.push_back(static_cast<std::uint64_t>(row[0].as_int()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<Part> Rewriter::merge(std::span<const Part> parts) {
  OBS_TRY_VOID(connect());
  OBS_TRY(Part merged, write(parts, describe_merged(parts, options_), {}));
  for (PartBlob& blob : merge_rollups(table_, parts)) merged.blobs.push_back(std::move(blob));
  return merged;
}

Result<Remainder> Rewriter::remove(const Part& part, const std::string& condition) {
  OBS_TRY_VOID(connect());
  OBS_TRY_VOID(reader_->execute("CREATE OR REPLACE TEMP TABLE obs_removed AS SELECT seq " +
                                matching(std::span(&part, 1), condition)));
  Remainder rest;
  OBS_TRY(rest.removed, query_count("SELECT count(*) FROM obs_removed"));
  if (rest.removed == 0 || rest.removed == part.rows) return rest;
  OBS_TRY(Part fresh, describe_rest(part));
  OBS_TRY(rest.part, write(std::span(&part, 1), std::move(fresh), std::string(kIsKept)));
  OBS_TRY_VOID(reader_->execute("DROP TABLE obs_removed"));
  return rest;
}

// Its bounds in time and number are those of the rows that stay.
Result<Part> Rewriter::describe_rest(const Part& part) {
  OBS_TRY(const auto rows,
          reader_->query("SELECT count(*), min(time), max(time), min(seq), max(seq) " +
                         matching(std::span(&part, 1), std::string(kIsKept))));
  std::span<const model::Value> row;
  OBS_TRY(const bool more, rows->next(row));
  if (!more) return fail(Errc::kInternal, "counting the rows of a part gave no answer");
  Part rest = part;
  rest.rows = static_cast<std::uint64_t>(row[0].as_int());
  rest.min_time = row[1].as_int();
  rest.max_time = row[2].as_int();
  rest.min_seq = static_cast<std::uint64_t>(row[3].as_int());
  rest.max_seq = static_cast<std::uint64_t>(row[4].as_int());
  return rest;
}

Result<Part> Rewriter::write(std::span<const Part> parts, Part fresh, const std::string& filter) {
  fresh.id = table_.next_id();
  std::vector<PartFile> files;
  for (const Part& part : parts) files.push_back(to_file(dir_, part));
  OBS_TRY(auto scan, start_merge(*reader_, fresh, files, filter));
  PartNotes notes(fresh.signal, fresh.group_rows);
  OBS_TRY(fresh, notes.write_part(engine_.rows(), writer_, *copier_, std::move(scan),
                                  std::move(fresh), kRewriteLevel));
  OBS_TRY(fresh, notes.finish(fs_, dir_, std::move(fresh)));
  fresh.final = is_final(fresh, options_.final_rows);
  return fresh;
}

Result<void> Rewriter::replace(std::span<const Part> old, const std::optional<Part>& fresh) {
  CatalogChange change;
  if (fresh) change.added.push_back(*fresh);
  for (const Part& part : old) change.removed.push_back(part.id);
  OBS_TRY_VOID(table_.commit(change));
  table_.retire_files(old);
  return {};
}

}  // namespace obs::store
