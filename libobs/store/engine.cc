#include "libobs/store/engine.h"

#include "libobs/store/duckdb_has.h"

namespace obs::store {

Result<void> Engine::open() {
  OBS_TRY(auto database, DuckdbDatabase::open(options_));
  OBS_TRY(auto connection, database->connect_raw());
  // DuckDB keeps what it has freed, up to half a gigabyte; between flushes nobody needs it.
  OBS_TRY_VOID(connection->execute("SET allocator_flush_threshold = '16MB'"));
  OBS_TRY_VOID(connection->execute("SET allocator_bulk_deallocation_flush_threshold = '32MB'"));
  // And what it has read of files, up to most of the machine's memory: a writer reads a part once.
  OBS_TRY_VOID(connection->execute("SET enable_external_file_cache = false"));
  OBS_TRY(rows_, TableFunction::install(*connection));
  OBS_TRY_VOID(install_has(*connection));  // Conditions of deletes and of retention may use it.
  database_ = std::move(database);
  return {};
}

Result<std::unique_ptr<DuckdbConnection>> Engine::connect() {
  const std::lock_guard lock(mutex_);
  if (database_ == nullptr) OBS_TRY_VOID(open());
  return database_->connect_raw();
}

}  // namespace obs::store
