// DuckDB, opened late: libduckdb.so is found and bound the first time a Database is opened, so that
// a program which never queries starts in milliseconds. No other file knows DuckDB's C API.
//
// The library is looked for in $OBS_LIBDUCKDB, then ../lib/obs/ beside the executable, then the
// build tree.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/store/rows.h"

namespace obs::store {

struct DuckdbOptions {
  int threads = 0;             // 0: one a core.
  std::string memory_limit;    // "512MB"; empty is DuckDB's default.
  std::string temp_directory;  // For spilling; empty: none.
};

class Connection;

// An in-memory DuckDB instance, with no extension to be loaded and no home directory to be read.
class Database {
 public:
  // kNotFound says where the library was looked for. kUnsupported: it lacks a function we need,
  // named.
  static Result<std::unique_ptr<Database>> open(const DuckdbOptions& options);
  virtual ~Database() = default;
  virtual Result<std::unique_ptr<Connection>> connect() = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;
  // Runs statements for their effect.
  virtual Result<void> execute(const std::string& sql) = 0;
  // Runs one statement and streams its rows. A bad statement is kInvalidArgument with DuckDB's own
  // one-line message.
  virtual Result<std::unique_ptr<RowStream>> query(const std::string& sql) = 0;
  // The first column of the first row as text; kNotFound when there is none. `parameter` is bound
  // to $1.
  virtual Result<std::string> query_text(const std::string& sql, std::string_view parameter) = 0;
  // Stops what runs on this connection; it fails with kUnavailable. Any thread.
  virtual void interrupt() = 0;
};

}  // namespace obs::store
