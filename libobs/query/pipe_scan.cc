#include "libobs/query/pipe_scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/lang/sampling.h"
#include "libobs/query/pipe_reads.h"
#include "libobs/query/record_line.h"
#include "libobs/query/record_windows.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"

namespace obs::query {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

// Whether folding pays is seen in so many records: it does with no more kinds of them.
constexpr std::uint64_t kRecordsLookedAt = 16'384;
constexpr std::int64_t kMostKinds = 4'096;

// The first so many records are all that a program looks at; 0: it may look at all.
std::uint64_t records_wanted(const lang::Program& program) {
  if (program.stages.empty()) return 0;
  const auto* head = std::get_if<lang::HeadStage>(&program.stages.front().node);
  return head == nullptr ? 0 : head->count;
}

// Sampled records say in an attribute how many they stand for, whether a program names it or not.
std::string attributes_of_sampled() {
  const auto has = [](std::string_view key) {
    return fmt::format("json_extract_string(attributes, {}) IS NOT NULL",
                       store::to_sql_string(store::to_pointer(key)));
  };
  return fmt::format("CASE WHEN {} OR {} THEN attributes END AS attributes",
                     has(lang::kThresholdAttribute), has("trace_state"));
}

std::string member_of(std::string_view column, const std::vector<std::string_view>& read) {
  if (std::find(read.begin(), read.end(), column) != read.end()) {
    return store::to_sql_identifier(column);
  }
  if (column == "attributes") return attributes_of_sampled();
  return "NULL AS " + store::to_sql_identifier(column);
}

}  // namespace

Result<std::unique_ptr<PipeScan>> PipeScan::open(Reader& reader, const lang::Program& program,
                                                 model::Signal signal, RecordFilter asked,
                                                 Timestamp now) {
  std::unique_ptr<PipeScan> scan(new PipeScan(reader, signal));
  Pushdown pushdown = push_down(program, signal, asked, now);
  if (pushdown.reads_text) {
    OBS_TRY(const bool any, scan->has_any(pushdown.times, std::string(kBodyIsJson)));
    if (any) pushdown = push_down(program, signal, std::move(asked), now, Bodies::kAny);
  }
  OBS_TRY_VOID(scan->choose_filter(std::move(pushdown)));
  OBS_TRY_VOID(scan->choose_members(program));
  OBS_TRY_VOID(scan->make_queries(program));
  return scan;
}

Result<bool> PipeScan::has_any(const RecordFilter& filter, const std::string& condition) {
  RecordFilter doubtful = filter;
  doubtful.condition += (filter.condition.empty() ? "(" : " AND (") + condition + ")";
  const std::vector<std::string> members = {"seq"};
  return has_row(select_members(signal_, doubtful, members, RecordOrder::kNone, reader_.project()) +
                 " LIMIT 1");
}

Result<bool> PipeScan::has_row(const std::string& sql) {
  OBS_TRY(const auto rows, reader_.run(sql, {}));
  std::span<const model::Value> row;
  return rows->next(row);
}

// One question for each doubt: alone, a column without gaps answers it without being read.
Result<void> PipeScan::choose_filter(Pushdown pushdown) {
  filter_ = pushdown.filter;
  times_ = pushdown.times;
  taken_ = pushdown.taken;
  for (const std::string& doubt : pushdown.doubts) {
    OBS_TRY(const bool holds, has_any(pushdown.times, doubt));
    if (!holds) continue;
    filter_ = pushdown.times;
    taken_ = {
        fmt::format("times alone: of some records the program reads what stands elsewhere "
                    "({})",
                    doubt)};
    break;
  }
  return {};
}

Result<void> PipeScan::choose_members(const lang::Program& program) {
  const auto columns = record_columns(signal_);
  std::vector<std::string_view> read = {"extra", "time", "seq", "trace_state"};
  auto fields = find_reads(program);
  for (std::size_t i = 0; fields && i < fields->size(); ++i) {
    const auto source = find_source(signal_, (*fields)[i]);
    bool is_elsewhere = !source.has_value();
    if (source && !source->elsewhere.empty()) {
      OBS_TRY(is_elsewhere, has_any(times_, source->elsewhere));
    }
    if (is_elsewhere) {
      fields.reset();
      break;
    }
    read.insert(read.end(), source->columns.begin(), source->columns.end());
  }
  if (!fields) read.assign(columns.begin(), columns.end());
  is_whole_ = !fields.has_value();
  for (const std::string_view column : columns) {
    members_.push_back(member_of(column, read));
    const bool is_read = std::find(read.begin(), read.end(), column) != read.end();
    if (fields && is_read) read_ += (read_.empty() ? "" : ", ") + std::string(column);
  }
  return {};
}

// Folding does not pay where there are nearly as many kinds of records as records.
Result<bool> PipeScan::pays_to_fold(const PipeColumns& reads) {
  OBS_TRY(const auto rows,
          reader_.run(count_folded(signal_, reads, reader_.project(), kRecordsLookedAt), {}));
  std::span<const model::Value> row;
  OBS_TRY(const bool any, rows->next(row));
  return !any || row[0].as_int() <= kMostKinds;
}

Result<void> PipeScan::make_queries(const lang::Program& program) {
  const bool takes_all = !is_whole_ && filter_.newest == 0;
  if (auto reads = takes_all ? find_pipe_columns(program, signal_) : std::nullopt) {
    OBS_TRY(is_folded_, pays_to_fold(*reads));
    if (!is_folded_ && !reads->in_windows && !reads->resource.empty()) {
      OBS_TRY(const bool any,
              has_row(select_resource(signal_, filter_, *reads, reader_.project())));
      if (!any) reads->resource.clear();  // Each is longer than all else.
    }
    if (is_folded_ || !reads->in_windows) {
      read_ = reads->to_text();
      queries_ = {select_columns(signal_, filter_, *reads, is_folded_, reader_.project())};
      return {};
    }
  }
  const std::uint64_t wanted = records_wanted(program);
  const RecordOrder order =
      order_needed(program) == OrderNeeded::kNone ? RecordOrder::kNone : RecordOrder::kTime;
  std::vector<RecordFilter> windows = {filter_};
  if (wanted == 0 && order == RecordOrder::kTime) {
    OBS_TRY(windows, cut_into_windows(reader_, signal_, filter_));
  }
  for (const RecordFilter& window : windows) {
    queries_.push_back(select_members(signal_, window, members_, order, reader_.project()));
    if (wanted > 0) queries_.back() += fmt::format(" LIMIT {}", wanted);
  }
  return {};
}

Result<bool> PipeScan::next_row(std::span<const model::Value>& row) {
  while (!stopped_) {
    if (rows_) {
      OBS_TRY(const bool more, rows_->next(row));
      if (more) return true;
      rows_.reset();
    }
    if (query_ == queries_.size()) return false;
    OBS_TRY(rows_, reader_.run(queries_[query_++], {}));
  }
  return false;
}

Result<bool> PipeScan::next(lang::Chunk& chunk) {
  const std::lock_guard lock(mutex_);
  std::string lines;
  std::span<const model::Value> row;
  chunk.copies.clear();
  while (lines.size() < kChunkBytes) {
    OBS_TRY(const bool more, next_row(row));
    if (!more) break;
    append_record_line(lines, signal_, row);
    if (is_folded_) chunk.copies.push_back(static_cast<std::uint64_t>(row.back().as_int()));
  }
  if (stopped_ || lines.empty()) return false;
  char* const data = chunk.buffer.reserve(lines.size(), 0);
  lines.copy(data, lines.size());
  chunk.lines = {data, lines.size()};
  chunk.number = chunks_++;
  chunk.name = model::to_string(signal_);
  chunk.begins_file = chunk.number == 0;
  return true;
}

std::string PipeScan::explain() const {
  std::string out = "store      ";
  for (const std::string& one : taken_) out += (&one == taken_.data() ? "" : " and ") + one;
  if (taken_.empty()) out += "every record asked for";
  return out + fmt::format("\nfetches    {}{}\n", read_.empty() ? "all columns" : read_,
                           is_folded_ ? " (alike ones once, with their number)" : "");
}

}  // namespace obs::query
