#include "libobs/query/record_windows.h"

#include <fmt/format.h>

namespace obs::query {
namespace {

// The one row of a query; empty when it has none.
Result<std::vector<model::Value>> fetch_row(Reader& reader, const std::string& sql,
                                            std::unique_ptr<store::RowStream>& rows) {
  OBS_TRY(rows, reader.run(sql, {}));
  std::span<const model::Value> row;
  OBS_TRY(const bool any, rows->next(row));
  return any ? std::vector<model::Value>(row.begin(), row.end()) : std::vector<model::Value>();
}

// Where to cut, ascending. Approximate quantiles will do, and need no memory.
Result<std::vector<Timestamp>> find_cuts(Reader& reader, const std::string& asked,
                                         std::uint64_t windows) {
  std::string parts;
  for (std::uint64_t i = 1; i < windows; ++i) {
    parts += fmt::format("{}{:.9f}", i == 1 ? "" : ", ",
                         static_cast<double>(i) / static_cast<double>(windows));
  }
  const std::string sql =
      fmt::format("SELECT approx_quantile(epoch_ns(time), [{}]) FROM ({})", parts, asked);
  std::unique_ptr<store::RowStream> rows;
  OBS_TRY(const auto row, fetch_row(reader, sql, rows));
  std::vector<Timestamp> cuts;
  if (row.empty() || row[0].kind() != model::ValueKind::kArray) return cuts;
  for (const model::Value& cut : row[0].as_array()) {
    if (cuts.empty() || cut.as_int() > cuts.back()) cuts.push_back(cut.as_int());
  }
  return cuts;
}

}  // namespace

Result<std::vector<RecordFilter>> cut_into_windows(Reader& reader, model::Signal signal,
                                                   const RecordFilter& filter,
                                                   std::uint64_t records) {
  std::vector<RecordFilter> windows = {filter};
  if (filter.newest > 0) return windows;
  const std::string asked =
      select_records(signal, filter, RecordColumns::kShown, RecordOrder::kNone, reader.project());
  std::unique_ptr<store::RowStream> rows;
  OBS_TRY(const auto row, fetch_row(reader, fmt::format("SELECT count(*) FROM ({})", asked), rows));
  const auto count = row.empty() ? std::uint64_t{0} : static_cast<std::uint64_t>(row[0].as_int());
  if (count <= records) return windows;
  OBS_TRY(const auto cuts, find_cuts(reader, asked, count / records + 1));
  for (const Timestamp cut : cuts) {
    RecordFilter next = windows.back();
    windows.back().until = cut;
    next.since = cut;
    windows.push_back(std::move(next));
  }
  return windows;
}

}  // namespace obs::query
