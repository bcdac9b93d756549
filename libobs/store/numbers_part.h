// A part of numbers (point_shape.h) as its file has it, for readers who want points and not rows.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/number_rows.h"
#include "libobs/store/parquet_file.h"
#include "libobs/store/parquet_rows.h"
#include "libobs/store/point_value.h"

namespace obs::store {

// The columns of one row group.
struct NumbersGroup {
  ParquetCells<std::int32_t> series;
  ParquetCells<std::int64_t> time, start_time, units, offset;
  ParquetCells<double> divisor, raw;
  ParquetCells<std::int32_t> flags;
  ParquetCells<std::int64_t> arrival;  // Empty unless asked for; both.
  ParquetCells<std::int32_t> arrival_row;
};

// What points of a row group have beside numbers, by row; empty where none has any.
struct NumbersTexts {
  std::vector<std::optional<std::string_view>> exemplars, extra;
  std::unique_ptr<ParquetRows> pages;  // The text lies in these.
};

// Rows from here on that are alike: each column NULL in all of them, or in none.
class NumbersCursor {
 public:
  explicit NumbersCursor(const NumbersGroup& group);

  // Of the first row.
  std::uint32_t series() const { return static_cast<std::uint32_t>(series_.at(0)); }
  // Rows of that series from here on; 0 at the end.
  std::uint32_t rows_of_series() const;
  // Rows that are alike, `most` of them at most.
  std::uint32_t alike(std::uint32_t most) const;
  void skip(std::uint32_t rows);

  // Of rows that are alike, by place from here on.
  Timestamp time(std::uint32_t i) const { return time_.at(i); }
  const ParquetCursor<std::int64_t>& times() const { return time_; }
  const ParquetCursor<std::int64_t>& start_times() const { return start_time_; }
  Timestamp start_time(std::uint32_t i) const {
    return start_time_.is_null() ? 0 : start_time_.at(i);
  }
  std::uint32_t flags(std::uint32_t i) const {
    return flags_.is_null() ? 0 : static_cast<std::uint32_t>(flags_.at(i));
  }
  bool same_flags() const { return flags_.is_null() || flags_.is_same(); }
  // First sequence number of the batch, and the place in it.
  std::uint64_t batch(std::uint32_t i) const {
    return arrival_.is_null() ? 0 : static_cast<std::uint64_t>(arrival_.at(i));
  }
  std::uint32_t batch_row(std::uint32_t i) const {
    return arrival_row_.is_null() ? 0 : static_cast<std::uint32_t>(arrival_row_.at(i));
  }
  std::uint64_t arrival(std::uint32_t i) const { return batch(i) + batch_row(i); }
  bool has_number() const { return !raw_.is_null() || !units_.is_null(); }
  // Rows that are alike from here on, but for their text.
  void append_rows(std::uint32_t count, std::vector<NumberRow>& to) const;
  // The numbers of rows [begin, end), which have_number().
  void numbers(std::uint32_t begin, std::uint32_t end, double* out) const;

 private:
  ParquetCursor<std::int32_t> series_;
  ParquetCursor<std::int64_t> time_, start_time_, units_, offset_;
  ParquetCursor<double> divisor_, raw_;
  ParquetCursor<std::int32_t> flags_;
  ParquetCursor<std::int64_t> arrival_;
  ParquetCursor<std::int32_t> arrival_row_;
};

// Any thread.
class NumbersPart {
 public:
  // kUnsupported: an obs before this one wrote it, and DuckDB has to read it.
  static Result<NumbersPart> open(Fs& fs, const std::string& path);
  static Result<NumbersPart> of(ParquetFile file);

  std::size_t group_count() const { return file_.groups().size(); }
  std::uint64_t rows(std::size_t group) const { return file_.groups()[group].rows; }
  // Whether some point may have exemplars or extra.
  bool has_text() const;
  // Whether such text can be read here, too.
  bool has_our_pages() const { return file_.is_ours(); }
  // Least and greatest id of a series; everything where the file does not say.
  std::pair<std::uint32_t, std::uint32_t> series_bounds(std::size_t group) const;

  // Both kMalformed: damaged, or a point lacks its series or time.
  Result<ParquetCells<std::int32_t>> read_series(std::size_t group) const;
  Result<NumbersGroup> read(std::size_t group, bool with_arrival) const;
  // With the series as read_series() answered.
  Result<NumbersGroup> read(std::size_t group, ParquetCells<std::int32_t> series,
                            bool with_arrival) const;

  // kMalformed. kUnsupported: not has_our_pages().
  Result<NumbersTexts> read_texts(std::size_t group) const;

 private:
  struct Columns {
    std::size_t series, time, start_time, units, offset, divisor, raw, flags, arrival, arrival_row,
        exemplars, extra;
  };

  explicit NumbersPart(ParquetFile file) : file_(std::move(file)) {}
  bool find_columns();

  ParquetFile file_;
  Columns columns_{};
};

}  // namespace obs::store
