// SQLite with owners and Results: a database, its statements, a transaction. Internal to
// libobs/store, the only module that knows SQLite.
//
// One thread at a time for a database and all that was made from it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace obs::store {

// A prepared statement: bind its parameters (from 1), step through its rows, read their columns
// (from 0), and start over. Text and blobs are copied when bound, and live until the next step when
// read.
class SqliteStatement {
 public:
  SqliteStatement& bind(int index, std::int64_t value);
  SqliteStatement& bind(int index, std::string_view text);
  SqliteStatement& bind_blob(int index, std::string_view bytes);

  // True when there is a row, false at the end. After false or a failure the statement is ready to
  // be run again.
  Result<bool> step();
  // For a statement without rows.
  Result<void> run();
  // Gives up rows that were not stepped through.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // Of a blob too. Empty for NULL.

 private:
  friend class Sqlite;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  Error error() const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_result_ = 0;  // The first bind that failed; told by step().
};

class Sqlite {
 public:
  enum class Mode {
    kWrite,      // Creates the file if it is missing.
    kRead,       // Beside a living writer; needs its -shm file.
    kImmutable,  // A file that nobody changes, perhaps in a directory that we may not write.
  };
  // The file is opened here, but read only by the first statement.
  static Result<Sqlite> open(const std::string& path, Mode mode);

  // Statements without parameters or rows, separated by semicolons.
  Result<void> execute(const char* sql);
  Result<SqliteStatement> prepare(std::string_view sql);
  // The first column of the only row.
  Result<std::int64_t> query_integer(std::string_view sql);
  Result<std::string> query_text(std::string_view sql);

  // Runs `body` in a transaction: committed when it succeeds, rolled back when it fails. `begin` is
  // "BEGIN IMMEDIATE" to write, "BEGIN" to read from one snapshot.
  template <class Body>
  Result<void> transaction(const char* begin, Body body) {
    OBS_TRY_VOID(execute(begin));
    Result<void> done = body();
    if (done) done = execute("COMMIT");
    if (!done)
      (void)execute("ROLLBACK");  // What failed is told, not that nothing was left to undo.
    return done;
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Sqlite(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace obs::store
