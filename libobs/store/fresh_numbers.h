// The numbers of a flush, series after series. Internal to libobs/store.

#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/store/number_rows.h"
#include "libobs/store/row_set.h"
#include "libobs/store/series_index.h"

namespace obs::store {

class FreshNumbers final : public NumberSource {
 public:
  // Points of the same series and time stay in the order of `refs`.
  FreshNumbers(std::shared_ptr<const RowSet> set, std::shared_ptr<const PointSeries> series,
               std::vector<RowRef> refs);

  Result<SeriesRows> next() override;

 private:
  // Where the columns of a batch are.
  struct Columns {
    const Timestamp* time;
    const Timestamp* start_time;
    const model::Value* value;
    const std::span<const model::Exemplar>* exemplars;
    const std::uint32_t* flags;
    const model::TimeSource* time_source;
    std::uint64_t first_seq;
    bool may_have_text;
  };

  // Where the rows of a series end.
  struct Stretch {
    std::uint32_t series;
    std::size_t end;
  };

  void gather(std::vector<RowRef> refs);
  NumberRow row_of(RowRef ref);
  const PointText* text_of(const Columns& points, std::uint32_t row);

  std::shared_ptr<const RowSet> set_;
  std::shared_ptr<const PointSeries> series_;
  std::vector<Columns> columns_;  // By batch.
  std::span<NumberRow> rows_;     // By series, in the arena.
  std::vector<Stretch> stretches_;
  std::size_t next_ = 0;   // Of these.
  std::size_t begin_ = 0;  // Of its rows.
  std::deque<PointText> texts_;
  Arena arena_;
};

}  // namespace obs::store
