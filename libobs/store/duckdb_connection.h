// Database and Connection as the store's own code sees them, with the handles beneath. Internal to
// libobs/store.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libobs/store/duckdb.h"
#include "libobs/store/duckdb_chunks.h"
#include "libobs/store/duckdb_handle.h"

namespace obs::store {

class DuckdbConnection final : public Connection {
 public:
  DuckdbConnection(const DuckdbApi& api, std::shared_ptr<DatabaseHandle> database,
                   std::shared_ptr<ConnectionHandle> connection)
      : api_(&api), database_(std::move(database)), connection_(std::move(connection)) {}

  Result<void> execute(const std::string& sql) override;
  Result<std::unique_ptr<RowStream>> query(const std::string& sql) override;
  Result<std::string> query_text(const std::string& sql, std::string_view parameter) override;
  void interrupt() override { api_->interrupt(connection_->get()); }

  // As query(), without turning vectors into values.
  Result<DuckdbChunks> query_chunks(const std::string& sql);

  const DuckdbApi& api() const { return *api_; }
  duckdb_connection raw() const { return connection_->get(); }

 private:
  Result<PreparedHandle> prepare(const std::string& sql);

  const DuckdbApi* api_;
  std::shared_ptr<DatabaseHandle> database_;  // Closed after the last connection to it.
  std::shared_ptr<ConnectionHandle> connection_;
};

class DuckdbDatabase final : public Database {
 public:
  static Result<std::unique_ptr<DuckdbDatabase>> open(const DuckdbOptions& options);

  Result<std::unique_ptr<Connection>> connect() override;
  Result<void> lock_down(const std::string& store_dir) override;
  Result<std::unique_ptr<DuckdbConnection>> connect_raw();

 private:
  DuckdbDatabase(const DuckdbApi& api, std::shared_ptr<DatabaseHandle> database)
      : api_(&api), database_(std::move(database)) {}

  const DuckdbApi* api_;
  std::shared_ptr<DatabaseHandle> database_;
};

}  // namespace obs::store
