#include "libobs/store/count_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include "libobs/store/column_out.h"
#include "libobs/store/cube.h"
#include "libobs/store/rollup_reader.h"
#include "libobs/store/rollup_scan.h"
#include "libobs/store/row_scan.h"

namespace obs::store {
namespace {

struct CountColumn {
  std::string_view name;
  CellType type;
};

constexpr CountColumn kSpanMetricColumns[] = {
    {"time", CellType::kTimestamp}, {"service", CellType::kText},
    {"name", CellType::kText},      {"kind", CellType::kText},
    {"status", CellType::kText},    {"duration_ns", CellType::kInt64},
    {"calls", CellType::kDouble},   {"errors", CellType::kDouble},
};
constexpr CountColumn kEdgeColumns[] = {
    {"time", CellType::kTimestamp},    {"caller", CellType::kText},  {"callee", CellType::kText},
    {"duration_ns", CellType::kInt64}, {"calls", CellType::kDouble}, {"errors", CellType::kDouble},
};
constexpr CountColumn kLogCountColumns[] = {
    {"time", CellType::kTimestamp},
    {"service", CellType::kText},
    {"severity", CellType::kText},
    {"count", CellType::kUint64},
};

std::span<const CountColumn> columns_of(CountTable table) {
  switch (table) {
    case CountTable::kSpanMetrics: return kSpanMetricColumns;
    case CountTable::kEdges: return kEdgeColumns;
    case CountTable::kLogCounts: break;
  }
  return kLogCountColumns;
}

void describe_columns(CountTable table, const DuckdbApi& api, const TableSource::AddColumn& add) {
  for (const CountColumn& column : columns_of(table)) {
    add(std::string(column.name), make_type(api, column.type).get());
  }
}

// The middle of a bucket, as a ratio, as RollupCell::quantile() has it.
std::int64_t middle_of(std::int32_t bucket) {
  const double middle = std::sqrt(bucket_begin(bucket) * bucket_begin(bucket + 1));
  constexpr auto kMost = static_cast<double>(std::numeric_limits<std::int64_t>::max() / 2);
  return static_cast<std::int64_t>(std::llround(std::clamp(middle, 0.0, kMost)));
}

// Those that durations can have, once.
std::int64_t duration_of(std::int32_t bucket) {
  static const auto kMiddles = [] {
    std::array<std::int64_t, 256> middles{};
    for (std::size_t i = 0; i < middles.size(); ++i) {
      middles[i] = middle_of(static_cast<std::int32_t>(i));
    }
    return middles;
  }();
  const auto place = static_cast<std::size_t>(bucket);
  return bucket >= 0 && place < kMiddles.size() ? kMiddles[place] : middle_of(bucket);
}

double to_calls(std::uint64_t units) {
  return static_cast<double>(units) / static_cast<double>(kRollupUnit);
}

// A cell and a bucket of it.
struct CountRow {
  const RollupKey* key = nullptr;
  std::int64_t time = 0;
  std::int64_t duration = 0;
  double calls = 0;
  double errors = 0;
};

// One rollup after the other, cell by cell.
class RollupRows {
 public:
  RollupRows(const std::vector<std::string>& rollups, const ScanFilter& filter)
      : rollups_(rollups), project_(filter.project) {
    if (filter.since) first_minute_ = std::max(first_minute_, minute_of(*filter.since));
    if (filter.until) last_minute_ = minute_of(*filter.until - 1);
  }

  // nullptr: the end.
  Result<const CountRow*> next() {
    while (!reader_ || bucket_ == reader_->durations().size()) {
      auto more = next_cell();
      if (!more) {
        return fail(Errc::kMalformed,
                    std::string(more.error().what) + ": obs-store verify --repair counts it anew");
      }
      if (!*more) return nullptr;
    }
    const RollupBucket& bucket = reader_->durations()[bucket_];
    row_.duration = duration_of(bucket.bucket);
    row_.calls = to_calls(bucket.calls);
    // How long those took that failed is known only where the status is part of the key.
    const bool all_failed = reader_->errors() == reader_->calls();
    row_.errors = all_failed ? row_.calls : bucket_ == 0 ? to_calls(reader_->errors()) : 0;
    ++bucket_;
    return &row_;
  }

 private:
  Result<bool, ParseError> next_cell() {
    bucket_ = 0;
    for (;;) {
      if (!reader_) {
        if (next_rollup_ == rollups_.size()) return false;
        auto reader = RollupReader::open(rollups_[next_rollup_++]);
        if (!reader) return fail(reader.error());
        reader_.emplace(*std::move(reader));
        key_number_ = 0;
      }
      const auto more = reader_->next();
      if (!more) return more;
      if (!*more) {
        reader_.reset();
      } else if (is_wanted()) {
        take_key();
        return true;
      }
    }
  }

  bool is_wanted() const {
    return reader_->minute() >= first_minute_ && reader_->minute() <= last_minute_ &&
           !is_unsettled(reader_->key()) && (!project_ || reader_->key().project == *project_);
  }

  // A chunk of rows points to its keys, and more than one chunk may be on its way.
  void take_key() {
    row_.time = reader_->minute() * kMinute;
    if (key_number_ == reader_->keys_begun()) return;
    key_number_ = reader_->keys_begun();
    keys_.push_back(reader_->key());
    row_.key = &keys_.back();
  }

  // What a time can say.
  static constexpr std::int64_t kMostMinutes = std::numeric_limits<std::int64_t>::max() / kMinute;

  const std::vector<std::string>& rollups_;
  const std::optional<std::string> project_;
  std::int64_t first_minute_ = -kMostMinutes;
  std::int64_t last_minute_ = kMostMinutes;
  std::size_t next_rollup_ = 0;
  std::optional<RollupReader> reader_;
  std::uint64_t key_number_ = 0;
  std::size_t bucket_ = 0;
  std::deque<RollupKey> keys_;
  CountRow row_;
};

class RollupCursor final : public TableCursor {
 public:
  RollupCursor(const DuckdbApi& api, CountTable table, const std::vector<std::string>& rollups,
               const ScanFilter& filter, std::vector<idx_t> wanted)
      : api_(api),
        labels_(table == CountTable::kEdges ? 2 : 4),
        rows_(rollups, filter),
        wanted_(std::move(wanted)) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    std::vector<ColumnOut> columns;
    for (idx_t i = 0; i < wanted_.size(); ++i) {
      columns.emplace_back(api_, api_.data_chunk_get_vector(chunk, i));
    }
    idx_t count = 0;
    for (; count < api_.vector_size(); ++count) {
      OBS_TRY(const CountRow* row, rows_.next());
      if (row == nullptr) break;
      for (idx_t i = 0; i < wanted_.size(); ++i) put(columns[i], wanted_[i], count, *row);
    }
    return count;
  }

 private:
  // The time, the labels, and the three numbers.
  void put(ColumnOut& out, idx_t column, idx_t at, const CountRow& row) const {
    if (column == 0) return out.set<std::int64_t>(at, row.time);
    if (column == 1) return out.text_or_null(at, row.key->labels[0]);
    if (column <= labels_) return out.text(at, row.key->labels[column - 1]);
    if (column == labels_ + 1) return out.set<std::int64_t>(at, row.duration);
    if (column == labels_ + 2) return out.set<double>(at, row.calls);
    if (column == labels_ + 3) return out.set<double>(at, row.errors);
  }

  const DuckdbApi& api_;
  const idx_t labels_;
  RollupRows rows_;
  const std::vector<idx_t> wanted_;
};

class RollupSource final : public TableSource {
 public:
  RollupSource(CountTable table, std::vector<std::string> rollups, const ScanFilter& filter)
      : table_(table), rollups_(std::move(rollups)), filter_(filter) {
    for (const std::string& rollup : rollups_) bytes_ += rollup.size();
  }

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    describe_columns(table_, api, add);
  }
  // A row is about two bytes; this need not be right.
  idx_t row_count() const override { return bytes_ / 2; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override {
    return std::make_unique<RollupCursor>(api, table_, rollups_, filter_, std::move(columns));
  }

 private:
  const CountTable table_;
  const std::vector<std::string> rollups_;
  const ScanFilter filter_;
  std::size_t bytes_ = 0;
};

class LogCountCursor final : public TableCursor {
 public:
  LogCountCursor(const DuckdbApi& api, const LogCounts& counts, std::vector<idx_t> wanted)
      : api_(api), counts_(counts), wanted_(std::move(wanted)) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    std::vector<ColumnOut> columns;
    for (idx_t i = 0; i < wanted_.size(); ++i) {
      columns.emplace_back(api_, api_.data_chunk_get_vector(chunk, i));
    }
    idx_t count = 0;
    while (count < api_.vector_size() && group_ < counts_.size()) {
      const LogCountGroup& group = counts_[group_];
      if (minute_ == group.minutes.size()) {
        ++group_;
        minute_ = 0;
        continue;
      }
      const LogMinute& minute = group.minutes[minute_++];
      for (idx_t i = 0; i < wanted_.size(); ++i) put(columns[i], wanted_[i], count, group, minute);
      ++count;
    }
    return count;
  }

 private:
  static void put(ColumnOut& out, idx_t column, idx_t at, const LogCountGroup& group,
                  const LogMinute& minute) {
    if (column == 0) return out.set<std::int64_t>(at, minute.minute);
    if (column == 1) return group.service ? out.text(at, *group.service) : out.null(at);
    if (column == 2) return out.text_or_null(at, group.severity);
    if (column == 3) return out.set<std::uint64_t>(at, minute.count);
  }

  const DuckdbApi& api_;
  const LogCounts& counts_;
  const std::vector<idx_t> wanted_;
  std::size_t group_ = 0;
  std::size_t minute_ = 0;
};

class LogCountSource final : public TableSource {
 public:
  explicit LogCountSource(LogCounts counts) : counts_(std::move(counts)) {
    for (const LogCountGroup& group : counts_) rows_ += group.minutes.size();
  }

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    describe_columns(CountTable::kLogCounts, api, add);
  }
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override {
    return std::make_unique<LogCountCursor>(api, counts_, std::move(columns));
  }

 private:
  const LogCounts counts_;
  idx_t rows_ = 0;
};

}  // namespace

std::string_view count_table_name(CountTable table) {
  switch (table) {
    case CountTable::kSpanMetrics: return "span_metrics";
    case CountTable::kEdges: return "edges";
    case CountTable::kLogCounts: break;
  }
  return "log_counts";
}

std::shared_ptr<const TableSource> make_rollup_source(CountTable table,
                                                      std::vector<std::string> rollups,
                                                      const ScanFilter& filter) {
  return std::make_shared<RollupSource>(table, std::move(rollups), filter);
}

std::shared_ptr<const TableSource> make_log_count_source(LogCounts counts) {
  return std::make_shared<LogCountSource>(std::move(counts));
}

}  // namespace obs::store
