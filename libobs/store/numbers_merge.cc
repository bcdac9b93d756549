#include "libobs/store/numbers_merge.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "libobs/store/column_out.h"
#include "libobs/store/point_columns.h"
#include "libobs/store/row_scan.h"

namespace obs::store {
namespace {

struct MergedRow {
  Timestamp time = 0;
  Timestamp start_time = 0;
  std::uint32_t flags = 0;
  std::uint64_t arrival = 0;
  std::uint32_t arrival_row = 0;
  model::Value value;
};

bool comes_before(const MergedRow& a, const MergedRow& b) {
  return std::tie(a.time, a.arrival, a.arrival_row) < std::tie(b.time, b.arrival, b.arrival_row);
}

// One of the parts, a row group at a time.
class Input {
 public:
  explicit Input(const NumbersPart& part) : part_(part) {}

  // The series that comes next; nullopt at the end.
  Result<std::optional<std::uint32_t>> next() {
    while (!rows_ || rows_->rows_of_series() == 0) {
      if (group_ == part_.group_count()) return std::optional<std::uint32_t>();
      OBS_TRY(columns_, part_.read(group_++, true));
      rows_.emplace(columns_);
    }
    return std::optional(rows_->series());
  }

  // Takes what this row group has of it.
  void take(std::vector<MergedRow>& to) {
    for (std::uint32_t left = rows_->rows_of_series(); left > 0;) {
      const std::uint32_t alike = rows_->alike(left);
      for (std::uint32_t i = 0; i < alike; ++i) {
        to.push_back({rows_->time(i), rows_->start_time(i), rows_->flags(i), rows_->batch(i),
                      rows_->batch_row(i), to_value(rows_->stored(i))});
      }
      rows_->skip(alike);
      left -= alike;
    }
  }

 private:
  const NumbersPart& part_;
  NumbersGroup columns_;
  std::optional<NumbersCursor> rows_;
  std::size_t group_ = 0;
};

class NumbersMergeCursor final : public TableCursor {
 public:
  NumbersMergeCursor(const DuckdbApi& api, const std::vector<NumbersPart>& parts,
                     std::vector<idx_t> columns)
      : api_(api), columns_(std::move(columns)) {
    for (const NumbersPart& part : parts) inputs_.emplace_back(part);
  }

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    std::vector<ColumnOut> out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      out.emplace_back(api_, api_.data_chunk_get_vector(chunk, i));
    }
    idx_t filled = 0;
    while (filled < api_.vector_size()) {
      if (given_ == rows_.size()) {
        OBS_TRY(const bool more, gather());
        if (!more) break;
      }
      const idx_t count = std::min<idx_t>(rows_.size() - given_, api_.vector_size() - filled);
      for (std::size_t i = 0; i < columns_.size(); ++i) copy(columns_[i], out[i], filled, count);
      given_ += count;
      filled += count;
    }
    return filled;
  }

 private:
  // The rows of the next series, from all parts.
  Result<bool> gather() {
    rows_.clear();
    given_ = 0;
    std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
    bool any = false;
    for (Input& input : inputs_) {
      OBS_TRY(const auto next, input.next());
      if (!next) continue;
      least = std::min(least, *next);
      any = true;
    }
    if (!any) return false;
    series_ = least;
    for (Input& input : inputs_) {
      for (;;) {
        OBS_TRY(const auto next, input.next());
        if (next != least) break;
        input.take(rows_);
      }
    }
    if (!std::is_sorted(rows_.begin(), rows_.end(), comes_before)) {
      std::stable_sort(rows_.begin(), rows_.end(), comes_before);
    }
    values_.clear();
    for (const MergedRow& row : rows_) values_.push_back(row.value);
    numbers_.resize(rows_.size());
    encoder_.encode(values_, numbers_);
    return true;
  }

  // In the order of numbers_columns().
  void copy(idx_t column, ColumnOut& out, idx_t at, idx_t count) const {
    const auto each = [&](auto set) {
      for (idx_t i = 0; i < count; ++i) set(at + i, rows_[given_ + i], numbers_[given_ + i]);
    };
    const auto optional = [&out](idx_t i, const auto& cell) {
      if (cell) {
        out.set(i, *cell);
      } else {
        out.null(i);
      }
    };
    using Row = const MergedRow&;
    using Number = const StoredNumber&;
    switch (column) {
      case 0: return each([&](idx_t i, Row, Number) { out.set(i, series_); });
      case 1: return each([&](idx_t i, Row row, Number) { out.set(i, row.time); });
      case 2:
        return each([&](idx_t i, Row row, Number) {
          if (row.start_time == 0) return out.null(i);
          out.set(i, row.start_time);
        });
      case 3: return each([&](idx_t i, Row, Number number) { optional(i, number.units); });
      case 4: return each([&](idx_t i, Row, Number number) { optional(i, number.offset); });
      case 5: return each([&](idx_t i, Row, Number number) { optional(i, number.divisor); });
      case 6: return each([&](idx_t i, Row, Number number) { optional(i, number.raw); });
      case 7: return each([&](idx_t i, Row row, Number) { out.set(i, row.flags); });
      case 8: return each([&](idx_t i, Row row, Number) { out.set(i, row.arrival); });
      case 9: return each([&](idx_t i, Row row, Number) { out.set(i, row.arrival_row); });
      default: return each([&](idx_t i, Row, Number) { out.null(i); });
    }
  }

  const DuckdbApi& api_;
  const std::vector<idx_t> columns_;
  std::vector<Input> inputs_;
  NumberEncoder encoder_;
  std::uint32_t series_ = 0;
  std::vector<MergedRow> rows_;  // Of the series.
  std::vector<model::Value> values_;
  std::vector<StoredNumber> numbers_;
  std::size_t given_ = 0;
};

}  // namespace

Result<std::shared_ptr<const NumbersMerge>> NumbersMerge::start(Fs& fs,
                                                                std::span<const PartFile> files) {
  std::vector<NumbersPart> parts;
  for (const PartFile& file : files) {
    OBS_TRY(NumbersPart part, NumbersPart::open(fs, file.path));
    if (part.has_text()) {
      return fail(Errc::kUnsupported, file.path + " has points with exemplars or extra");
    }
    parts.push_back(std::move(part));
  }
  return std::shared_ptr<const NumbersMerge>(new NumbersMerge(std::move(parts)));
}

void NumbersMerge::describe(const DuckdbApi& api, const AddColumn& add) const {
  for (const PointColumn& column : numbers_columns()) {
    add(std::string(column.name), make_type(api, column.type).get());
  }
}

idx_t NumbersMerge::row_count() const {
  idx_t rows = 0;
  for (const NumbersPart& part : parts_) {
    for (std::size_t i = 0; i < part.group_count(); ++i) rows += part.rows(i);
  }
  return rows;
}

std::unique_ptr<TableCursor> NumbersMerge::open(const DuckdbApi& api,
                                                std::vector<idx_t> columns) const {
  return std::make_unique<NumbersMergeCursor>(api, parts_, std::move(columns));
}

}  // namespace obs::store
