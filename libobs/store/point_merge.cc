#include "libobs/store/point_merge.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include "libobs/store/duckdb_value.h"
#include "libobs/store/merge_scan.h"
#include "libobs/store/numbers_merge.h"
#include "libobs/store/point_columns.h"
#include "libobs/store/point_sql.h"
#include "libobs/store/stretch_copier.h"

namespace obs::store {
namespace {

// Where column `name` stands in a part of numbers.
idx_t numbers_place(std::string_view name) {
  const std::span<const PointColumn> columns = numbers_columns();
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const PointColumn& column) { return column.name == name; });
  return static_cast<idx_t>(found - columns.begin());
}

template <class T>
std::optional<T> cell(const VectorView& view, idx_t row) {
  if (view.is_null(row)) return std::nullopt;
  return view.at<T>(row);
}

// The numbers of an output chunk: gathered as its rows come, then encoded.
class Renumbering {
 public:
  explicit Renumbering(const DuckdbApi& api)
      : api_(api), series_(numbers_place("series_id")), first_(numbers_place(kNumberColumns[0])) {}

  // Which of the columns of numbers this is; nullopt: none of them.
  std::optional<std::size_t> place_of(idx_t column) const {
    if (column < first_ || column >= first_ + std::size(kNumberColumns)) return std::nullopt;
    return column - first_;
  }

  void add(duckdb_data_chunk from, idx_t first, idx_t count) {
    const auto view = [&](idx_t column) {
      return VectorView(api_, api_.data_chunk_get_vector(from, column));
    };
    const VectorView series = view(series_);
    const VectorView units = view(first_);
    const VectorView offset = view(first_ + 1);
    const VectorView divisor = view(first_ + 2);
    const VectorView raw = view(first_ + 3);
    for (idx_t row = first; row < first + count; ++row) {
      ids_.push_back(series.at<std::uint32_t>(row));
      values_.push_back(to_value({cell<std::int64_t>(units, row), cell<std::int64_t>(offset, row),
                                  cell<double>(divisor, row), cell<double>(raw, row)}));
    }
  }

  std::span<const StoredNumber> encode() {
    numbers_.resize(values_.size());
    for (std::size_t begin = 0; begin < ids_.size();) {
      const auto end = static_cast<std::size_t>(
          std::find_if(ids_.begin() + static_cast<std::ptrdiff_t>(begin), ids_.end(),
                       [&](std::uint32_t id) { return id != ids_[begin]; }) -
          ids_.begin());
      encoder_.encode(std::span(values_).subspan(begin, end - begin),
                      std::span(numbers_).subspan(begin, end - begin));
      begin = end;
    }
    ids_.clear();
    values_.clear();
    return numbers_;
  }

 private:
  const DuckdbApi& api_;
  const idx_t series_;
  const idx_t first_;
  NumberEncoder encoder_;
  std::vector<std::uint32_t> ids_;
  std::vector<model::Value> values_;
  std::vector<StoredNumber> numbers_;
};

class PointMergeCursor final : public TableCursor {
 public:
  PointMergeCursor(DuckdbChunks& chunks, PointShape shape, std::vector<idx_t> columns)
      : chunks_(chunks), api_(chunks.api()), copier_(api_), columns_(std::move(columns)) {
    if (shape == PointShape::kNumbers) renumbering_.emplace(api_);
  }

  Result<idx_t> fill(duckdb_data_chunk out) override {
    idx_t filled = 0;
    while (filled < api_.vector_size()) {
      if (taken_ == available_) {
        OBS_TRY(const bool more, chunks_.next());
        if (!more) break;
        taken_ = 0;
        available_ = api_.data_chunk_get_size(chunks_.chunk());
      }
      const idx_t count = std::min(available_ - taken_, api_.vector_size() - filled);
      copy(out, filled, count);
      taken_ += count;
      filled += count;
    }
    if (renumbering_) write_numbers(out);
    return filled;
  }

 private:
  std::optional<std::size_t> number_column(idx_t column) const {
    return renumbering_ ? renumbering_->place_of(column) : std::nullopt;
  }

  void copy(duckdb_data_chunk out, idx_t at, idx_t count) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] >= chunks_.column_count() || number_column(columns_[i])) continue;
      copier_.copy(api_.data_chunk_get_vector(chunks_.chunk(), columns_[i]), taken_, count,
                   api_.data_chunk_get_vector(out, i), at);
    }
    if (renumbering_) renumbering_->add(chunks_.chunk(), taken_, count);
  }

  void write_numbers(duckdb_data_chunk chunk) {
    static constexpr std::array kFill = {fill_units, fill_offset, fill_divisor, fill_raw};
    const std::span<const StoredNumber> numbers = renumbering_->encode();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto place = number_column(columns_[i]);
      if (!place) continue;
      ColumnOut out(api_, api_.data_chunk_get_vector(chunk, i));
      kFill[*place](numbers, out);
    }
  }

  DuckdbChunks& chunks_;
  const DuckdbApi& api_;
  StretchCopier copier_;
  std::vector<idx_t> columns_;
  std::optional<Renumbering> renumbering_;
  idx_t taken_ = 0;  // Of the current chunk's rows.
  idx_t available_ = 0;
};

}  // namespace

Result<std::shared_ptr<PointMergeScan>> PointMergeScan::start(DuckdbConnection& connection,
                                                              const Part& merged,
                                                              std::span<const PartFile> files,
                                                              const std::string& filter) {
  std::vector<std::string> paths;
  for (const PartFile& file : files) paths.push_back(file.path);
  OBS_TRY(auto chunks, connection.query_chunks(select_in_order(shape_of(merged.schema),
                                                               read_parquet_sql(paths), filter)));
  return std::shared_ptr<PointMergeScan>(new PointMergeScan(std::move(chunks), merged));
}

void PointMergeScan::describe(const DuckdbApi&, const AddColumn& add) const {
  for (idx_t i = 0; i < chunks_->column_count(); ++i) {
    add(chunks_->column_name(i), chunks_->column_type(i).get());
  }
}

std::unique_ptr<TableCursor> PointMergeScan::open(const DuckdbApi&,
                                                  std::vector<idx_t> columns) const {
  return std::make_unique<PointMergeCursor>(*chunks_, shape_, std::move(columns));
}

Result<std::shared_ptr<const TableSource>> start_merge(DuckdbConnection& connection, Part& merged,
                                                       std::span<const PartFile> files,
                                                       const std::string& filter) {
  const bool is_point = merged.signal == model::Signal::kMetrics;
  if (is_point && shape_of(merged.schema) == PointShape::kNumbers && filter.empty()) {
    auto numbers = NumbersMerge::start(system_fs(), files);
    if (numbers) return std::shared_ptr<const TableSource>(std::move(*numbers));
    if (numbers.error().code != Errc::kUnsupported) return fail(std::move(numbers).error());
  }
  if (is_point && shape_of(merged.schema) != PointShape::kFlat) {
    OBS_TRY(auto scan, PointMergeScan::start(connection, merged, files, filter));
    return std::shared_ptr<const TableSource>(std::move(scan));
  }
  OBS_TRY(auto scan, MergeScan::start(connection, merged, files, filter));
  return std::shared_ptr<const TableSource>(std::move(scan));
}

}  // namespace obs::store
