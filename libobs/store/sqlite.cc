#include "libobs/store/sqlite.h"

#include <sqlite3.h>

namespace obs::store {
namespace {

// How long a statement waits for another connection: checkpoints of big catalogs take a fraction of
// this.
constexpr int kBusyMilliseconds = 2'000;

Errc to_errc(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Errc::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::kMalformed;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE: return Errc::kInternal;
    default: return Errc::kIo;
  }
}

Error error_of(sqlite3* database) {
  return {to_errc(sqlite3_errcode(database)), sqlite3_errmsg(database)};
}

// A path inside a URI; only these three would mean something else.
std::string to_immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%') {
      uri += "%25";
    } else if (c == '?') {
      uri += "%3f";
    } else if (c == '#') {
      uri += "%23";
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Error SqliteStatement::error() const { return error_of(sqlite3_db_handle(statement_.get())); }

SqliteStatement& SqliteStatement::bind(int index, std::int64_t value) {
  const int result = sqlite3_bind_int64(statement_.get(), index, value);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

// SQLITE_TRANSIENT: SQLite copies, so that a caller may bind a temporary. An empty view may have no
// data at all, which SQLite would take for NULL.
SqliteStatement& SqliteStatement::bind(int index, std::string_view text) {
  const int result = sqlite3_bind_text64(statement_.get(), index, text.empty() ? "" : text.data(),
                                         text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(int index, std::string_view bytes) {
  const int result = sqlite3_bind_blob64(statement_.get(), index, bytes.empty() ? "" : bytes.data(),
                                         bytes.size(), SQLITE_TRANSIENT);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

Result<bool> SqliteStatement::step() {
  if (bind_result_ != SQLITE_OK) {
    return fail(to_errc(bind_result_), std::string("bind: ") + sqlite3_errstr(bind_result_));
  }
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    reset();
    return false;
  }
  Error failure = error();
  reset();
  return fail(std::move(failure));
}

Result<void> SqliteStatement::run() {
  OBS_TRY(const bool row, step());
  if (row) reset();
  return {};
}

void SqliteStatement::reset() { sqlite3_reset(statement_.get()); }

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteStatement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void Sqlite::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Sqlite> Sqlite::open(const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX;
  std::string name = path;
  switch (mode) {
    case Mode::kWrite: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE; break;
    case Mode::kRead: flags |= SQLITE_OPEN_READONLY; break;
    case Mode::kImmutable:
      flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
      name = to_immutable_uri(path);
      break;
  }
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Sqlite database(handle);  // Also after a failure there is something to close.
  if (result != SQLITE_OK) return fail(error_of(handle).during("open " + path));
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  return database;
}

Result<void> Sqlite::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(error_of(database_.get()));
}

Result<SqliteStatement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return fail(error_of(database_.get()));
  return SqliteStatement(statement);
}

Result<std::int64_t> Sqlite::query_integer(std::string_view sql) {
  OBS_TRY(auto statement, prepare(sql));
  OBS_TRY(const bool row, statement.step());
  if (!row) return fail(Errc::kNotFound, "no row");
  return statement.integer(0);
}

Result<std::string> Sqlite::query_text(std::string_view sql) {
  OBS_TRY(auto statement, prepare(sql));
  OBS_TRY(const bool row, statement.step());
  if (!row) return fail(Errc::kNotFound, "no row");
  return std::string(statement.text(0));
}

}  // namespace obs::store
