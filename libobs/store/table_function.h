// obs_rows(N): the table function through which DuckDB takes rows from us: records in memory, on
// their way into a part or to a reader who wants them before; and parts that are being merged.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"

namespace obs::store {

// One run through a source's rows. One thread.
class TableCursor {
 public:
  virtual ~TableCursor() = default;
  // Fills the columns that were asked for, as many rows as a chunk has room for; 0 rows: the end.
  virtual Result<idx_t> fill(duckdb_data_chunk chunk) = 0;
};

// Rows that DuckDB can ask for. Any thread.
class TableSource {
 public:
  virtual ~TableSource() = default;
  using AddColumn = std::function<void(const std::string& name, duckdb_logical_type type)>;
  virtual void describe(const DuckdbApi& api, const AddColumn& add) const = 0;
  virtual idx_t row_count() const = 0;
  // `columns` by their place in describe(); one beyond its end is DuckDB counting rows, and need
  // not be filled.
  virtual std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                            std::vector<idx_t> columns) const = 0;
};

struct TableSources;

// One for each DuckDB instance. Any thread.
class TableFunction {
 public:
  static Result<TableFunction> install(DuckdbConnection& connection);

  // A source that SQL can name, until this object goes. A statement that was prepared before then
  // keeps the rows, and runs on.
  class Offer {
   public:
    Offer() = default;
    Offer(Offer&& other) noexcept { *this = std::move(other); }
    Offer& operator=(Offer&& other) noexcept;
    ~Offer();
    // "obs_rows(17)"; empty for an offer of nothing.
    std::string sql() const;

   private:
    friend class TableFunction;
    std::shared_ptr<TableSources> sources_;
    std::int64_t number_ = 0;
  };
  Offer offer(std::shared_ptr<const TableSource> source);

 private:
  std::shared_ptr<TableSources> sources_;
};

}  // namespace obs::store
