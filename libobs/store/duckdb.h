// DuckDB, opened late: libduckdb.so is found and bound the first time a Database is opened, so that
// a program which never queries starts in milliseconds. Nothing outside libobs/store knows DuckDB's
// C API.
//
// The library is $OBS_LIBDUCKDB if that is set, else ../lib/obs/libduckdb.so beside the executable.

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
  std::string memory_limit;    // "512MB"; empty is DuckDB's default, or a session's.
  std::string temp_directory;  // For spilling; empty: none.
};

class Connection;

// An in-memory DuckDB instance, with no extension to be loaded and no home directory to be read.
// Any thread. Connections and streams keep what they need of it alive.
class Database {
 public:
  // kNotFound says where the library was looked for. kUnsupported: it lacks a function we need,
  // named. kInvalidArgument: an option DuckDB does not accept.
  static Result<std::unique_ptr<Database>> open(const DuckdbOptions& options);
  virtual ~Database() = default;
  virtual Result<std::unique_ptr<Connection>> connect() = 0;

  // From now on, and for good: files are read below `store_dir` only, and no setting can be
  // changed. A second wall behind whoever checks a stranger's statement; by itself it does not
  // stop one from writing into the store.
  virtual Result<void> lock_down(const std::string& store_dir) = 0;
};

// One thread at a time, except interrupt().
class Connection {
 public:
  virtual ~Connection() = default;
  // Runs statements for their effect.
  virtual Result<void> execute(const std::string& sql) = 0;
  // Runs one statement and streams its rows. A bad statement is kInvalidArgument with DuckDB's own
  // one-line message. What runs next on this connection ends the stream.
  //
  // Integers beyond int64 and decimals of more than 15 digits are text, shorter decimals are
  // doubles, every kind of timestamp and date is kTimestamp (text when it is beyond Timestamp), a
  // struct or map is plain JSON, and a type that only prints (INTERVAL, TIME, UUID, ENUM, BLOB…)
  // is what CAST(… AS VARCHAR) makes of it.
  virtual Result<std::unique_ptr<RowStream>> query(const std::string& sql) = 0;
  // The first column of the first row as text; kNotFound when there is none, or NULL. `parameter`
  // is bound to $1.
  virtual Result<std::string> query_text(const std::string& sql, std::string_view parameter) = 0;
  // Stops what runs on this connection; it fails with kUnavailable. Any thread.
  virtual void interrupt() = 0;
};

// `text` as an SQL literal or identifier, with its quotes.
std::string to_sql_string(std::string_view text);
std::string to_sql_identifier(std::string_view text);

}  // namespace obs::store
