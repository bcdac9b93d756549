#include "libobs/store/paced_source.h"

#include <utility>
#include <vector>

namespace obs::store {
namespace {

class PacedCursor final : public TableCursor {
 public:
  PacedCursor(std::unique_ptr<TableCursor> cursor, const MayGoOn& may_go_on)
      : cursor_(std::move(cursor)), may_go_on_(may_go_on) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    OBS_TRY_VOID(may_go_on_());
    return cursor_->fill(chunk);
  }

 private:
  std::unique_ptr<TableCursor> cursor_;
  const MayGoOn& may_go_on_;
};

class PacedSource final : public TableSource {
 public:
  PacedSource(std::shared_ptr<const TableSource> source, MayGoOn may_go_on)
      : source_(std::move(source)), may_go_on_(std::move(may_go_on)) {}

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    source_->describe(api, add);
  }
  idx_t row_count() const override { return source_->row_count(); }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override {
    return std::make_unique<PacedCursor>(source_->open(api, std::move(columns)), may_go_on_);
  }

 private:
  std::shared_ptr<const TableSource> source_;
  const MayGoOn may_go_on_;
};

class PacedNumbers final : public NumberSource {
 public:
  PacedNumbers(std::shared_ptr<NumberSource> source, MayGoOn may_go_on)
      : source_(std::move(source)), may_go_on_(std::move(may_go_on)) {}

  Result<SeriesRows> next() override {
    if (rows_ >= kChunk) {
      OBS_TRY_VOID(may_go_on_());
      rows_ = 0;
    }
    OBS_TRY(const SeriesRows rows, source_->next());
    rows_ += rows.rows.size();
    return rows;
  }

 private:
  static constexpr std::size_t kChunk = 2048;  // As DuckDB's have.

  std::shared_ptr<NumberSource> source_;
  const MayGoOn may_go_on_;
  std::size_t rows_ = kChunk;  // Since it was asked.
};

}  // namespace

PartRows make_paced(PartRows rows, MayGoOn may_go_on) {
  if (auto* numbers = std::get_if<std::shared_ptr<NumberSource>>(&rows)) {
    return std::make_shared<PacedNumbers>(std::move(*numbers), std::move(may_go_on));
  }
  return std::make_shared<const PacedSource>(
      std::get<std::shared_ptr<const TableSource>>(std::move(rows)), std::move(may_go_on));
}

}  // namespace obs::store
