// Parts of numbers as rows of one new part: series after series, each gathered from all of them.
// Nothing needs to be sorted, since each part is by series and time already. Internal to
// libobs/store.

#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/number_rows.h"
#include "libobs/store/numbers_part.h"

namespace obs::store {

class NumbersMerge final : public NumberSource {
 public:
  // `files` in the order of time. kUnsupported: one of them is for DuckDB to read.
  static Result<std::unique_ptr<NumbersMerge>> start(Fs& fs, std::span<const PartFile> files);

  Result<SeriesRows> next() override;

 private:
  // Text of a row, which outlives the row group that has it.
  struct Text {
    std::string exemplars, extra;
    PointText text;
  };
  // One of the parts, a row group at a time.
  class Input {
   public:
    explicit Input(NumbersPart part) : part_(std::move(part)) {}

    // The series that comes next; nullopt at the end.
    Result<std::optional<std::uint32_t>> next();
    // Takes what this row group has of it.
    void take(std::vector<NumberRow>& to, std::deque<Text>& texts);

   private:
    void take_texts(std::span<NumberRow> rows, std::deque<Text>& texts) const;

    NumbersPart part_;
    NumbersGroup columns_;
    NumbersTexts texts_;
    std::optional<NumbersCursor> rows_;
    std::uint32_t taken_ = 0;  // Rows of the group.
    std::size_t group_ = 0;
  };

  explicit NumbersMerge(std::vector<Input> inputs) : inputs_(std::move(inputs)) {}

  std::vector<Input> inputs_;
  std::vector<NumberRow> rows_;  // Of the series.
  std::deque<Text> texts_;
};

}  // namespace obs::store
