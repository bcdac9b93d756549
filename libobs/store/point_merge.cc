#include "libobs/store/point_merge.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "libobs/store/duckdb_value.h"
#include "libobs/store/merge_scan.h"
#include "libobs/store/number_columns.h"
#include "libobs/store/numbers_merge.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/point_sql.h"
#include "libobs/store/stretch_copier.h"

namespace obs::store {
namespace {

// What DuckDB answers, chunk after chunk: distributions by series and time, or series.
class ChunkCursor final : public TableCursor {
 public:
  ChunkCursor(DuckdbChunks& chunks, std::vector<idx_t> columns)
      : chunks_(chunks), copier_(chunks.api()), columns_(std::move(columns)) {}

  Result<idx_t> fill(duckdb_data_chunk out) override {
    const DuckdbApi& api = chunks_.api();
    OBS_TRY(const bool more, chunks_.next());
    if (!more) return idx_t{0};
    const idx_t count = api.data_chunk_get_size(chunks_.chunk());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] >= chunks_.column_count()) continue;
      copier_.copy(api.data_chunk_get_vector(chunks_.chunk(), columns_[i]), 0, count,
                   api.data_chunk_get_vector(out, i), 0);
    }
    return count;
  }

 private:
  DuckdbChunks& chunks_;
  StretchCopier copier_;
  std::vector<idx_t> columns_;
};

class ChunkScan final : public TableSource {
 public:
  ChunkScan(DuckdbChunks chunks, idx_t rows)
      : chunks_(std::make_unique<DuckdbChunks>(std::move(chunks))), rows_(rows) {}

  void describe(const DuckdbApi&, const AddColumn& add) const override {
    for (idx_t i = 0; i < chunks_->column_count(); ++i) {
      add(chunks_->column_name(i), chunks_->column_type(i).get());
    }
  }
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi&, std::vector<idx_t> columns) const override {
    return std::make_unique<ChunkCursor>(*chunks_, std::move(columns));
  }

 private:
  std::unique_ptr<DuckdbChunks> chunks_;
  const idx_t rows_;
};

template <class T>
std::optional<T> cell(const VectorView& view, idx_t row) {
  if (view.is_null(row)) return std::nullopt;
  return view.at<T>(row);
}

std::optional<std::string_view> text(const VectorView& view, idx_t row) {
  if (view.is_null(row)) return std::nullopt;
  const auto& text = static_cast<const duckdb_string_t*>(view.data)[row];
  return std::string_view(text.length <= kInlineStringBytes ? text.prefix : text.pointer,
                          text.length);
}

// Likewise of numbers, where not all rows stay, or a file is not for us to read.
class ChunkNumbers final : public NumberSource {
 public:
  explicit ChunkNumbers(DuckdbChunks chunks) : chunks_(std::move(chunks)) {}

  Result<SeriesRows> next() override {
    if (next_ == rows_.size()) {
      OBS_TRY(const bool more, read());
      if (!more) return SeriesRows();
    }
    const std::size_t begin = next_;
    while (next_ < rows_.size() && series_[next_] == series_[begin]) ++next_;
    return SeriesRows{series_[begin], std::span(rows_).subspan(begin, next_ - begin)};
  }

 private:
  // The next chunk, whose columns are kNumbersColumns.
  Result<bool> read() {
    rows_.clear();
    series_.clear();
    texts_.clear();
    next_ = 0;
    OBS_TRY(const bool more, chunks_.next());
    if (!more) return false;
    std::vector<VectorView> views;
    for (idx_t i = 0; i < kNumbersColumns.size(); ++i) {
      views.emplace_back(chunks_.api(), chunks_.api().data_chunk_get_vector(chunks_.chunk(), i));
    }
    const idx_t rows = chunks_.api().data_chunk_get_size(chunks_.chunk());
    for (idx_t row = 0; row < rows; ++row) {
      series_.push_back(views[0].at<std::uint32_t>(row));
      rows_.push_back(row_of(views, row));
    }
    return true;
  }

  NumberRow row_of(const std::vector<VectorView>& views, idx_t row) {
    NumberRow made;
    made.time = views[1].at<Timestamp>(row);
    made.start_time = cell<Timestamp>(views[2], row).value_or(0);
    made.value = to_value({cell<std::int64_t>(views[3], row), cell<std::int64_t>(views[4], row),
                           cell<double>(views[5], row), cell<double>(views[6], row)});
    made.flags = cell<std::uint32_t>(views[7], row).value_or(0);
    made.arrival = cell<std::uint64_t>(views[8], row).value_or(0);
    made.arrival_row = cell<std::uint32_t>(views[9], row).value_or(0);
    const PointText some{text(views[10], row), text(views[11], row)};
    if (!some.empty()) made.text = &texts_.emplace_back(some);
    return made;
  }

  DuckdbChunks chunks_;
  std::vector<NumberRow> rows_;  // Of the chunk.
  std::vector<std::uint32_t> series_;
  std::deque<PointText> texts_;
  std::size_t next_ = 0;
};

Result<PartRows> start_points(DuckdbConnection& connection, PointShape shape,
                              std::span<const PartFile> files, const Part& merged,
                              const std::string& filter) {
  if (filter.empty()) {
    auto numbers = start_number_merge(merged, files);
    if (numbers || numbers.error().code != Errc::kUnsupported) return numbers;
  }
  std::vector<std::string> paths;
  for (const PartFile& file : files) paths.push_back(file.path);
  OBS_TRY(auto chunks,
          connection.query_chunks(select_in_order(shape, read_parquet_sql(paths), filter)));
  if (shape == PointShape::kNumbers) {
    return PartRows(std::make_shared<ChunkNumbers>(std::move(chunks)));
  }
  return PartRows(std::make_shared<const ChunkScan>(std::move(chunks), merged.rows));
}

}  // namespace

Result<PartRows> start_number_merge(const Part& merged, std::span<const PartFile> files) {
  const bool are_numbers =
      merged.signal == model::Signal::kMetrics && shape_of(merged.schema) == PointShape::kNumbers;
  if (!are_numbers) return fail(Errc::kUnsupported, "parts of numbers alone are merged so");
  OBS_TRY(auto numbers, NumbersMerge::start(system_fs(), files));
  return PartRows(std::shared_ptr<NumberSource>(std::move(numbers)));
}

Result<PartRows> start_merge(DuckdbConnection& connection, Part& merged,
                             std::span<const PartFile> files, const std::string& filter) {
  const PointShape shape = shape_of(merged.schema);
  if (merged.signal == model::Signal::kMetrics && shape != PointShape::kFlat) {
    return start_points(connection, shape, files, merged, filter);
  }
  OBS_TRY(auto scan, MergeScan::start(connection, merged, files, filter));
  return PartRows(std::shared_ptr<const TableSource>(std::move(scan)));
}

}  // namespace obs::store
