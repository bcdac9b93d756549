// The writer's DuckDB, opened by the first flush: a receiver that has nothing to flush stays small.
// Internal to libobs/store.

#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// Any thread.
class Engine {
 public:
  explicit Engine(DuckdbOptions options) : options_(std::move(options)) {}

  // A connection to the instance, which is opened if it is not.
  Result<std::unique_ptr<DuckdbConnection>> connect();
  // Valid once connect() has succeeded.
  TableFunction& rows() { return *rows_; }

 private:
  Result<void> open();

  const DuckdbOptions options_;
  std::mutex mutex_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::optional<TableFunction> rows_;
};

}  // namespace obs::store
