#include "libobs/store/duckdb.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_stream.h"

namespace obs::store {
namespace {

Result<void> set(const DuckdbApi& api, duckdb_config config, const char* name,
                 const std::string& value) {
  if (api.set_config(config, name, value.c_str()) == DuckDBSuccess) return {};
  return fail(Errc::kInvalidArgument, fmt::format("DuckDB does not accept {} = '{}'", name, value));
}

// Nothing may come from the network or the home directory, and nothing may spill into the working
// directory, which is what DuckDB does by default.
Result<void> configure(const DuckdbApi& api, duckdb_config config, const DuckdbOptions& options) {
  for (const char* name : {"autoinstall_known_extensions", "autoload_known_extensions",
                           "allow_community_extensions", "allow_persistent_secrets"}) {
    OBS_TRY_VOID(set(api, config, name, "false"));
  }
  OBS_TRY_VOID(set(api, config, "temp_directory", options.temp_directory));
  if (options.threads > 0) {
    OBS_TRY_VOID(set(api, config, "threads", std::to_string(options.threads)));
  }
  if (!options.memory_limit.empty()) {
    OBS_TRY_VOID(set(api, config, "memory_limit", options.memory_limit));
  }
  return {};
}

std::string quote(std::string_view text, char mark) {
  std::string quoted(1, mark);
  for (const char c : text) {
    if (c == mark) quoted += mark;
    quoted += c;
  }
  quoted += mark;
  return quoted;
}

std::string_view without_semicolon(std::string_view sql) {
  sql = trim(sql);
  while (sql.ends_with(';')) sql = trim(sql.substr(0, sql.size() - 1));
  return sql;
}

// The statement with each column that only prints cast to VARCHAR; empty when there is none.
// DuckDB keeps the order of the subquery.
std::string cast_what_only_prints(const DuckdbApi& api, duckdb_prepared_statement statement,
                                  std::string_view sql) {
  bool needed = false;
  std::string list;
  std::string names;
  for (idx_t i = 0; i < api.prepared_statement_column_count(statement); ++i) {
    const TypeHandle type(api, api.prepared_statement_column_logical_type(statement, i));
    const bool readable = type && ValueReader::make(api, type.get()).has_value();
    const char* name = api.prepared_statement_column_name(statement, i);
    const std::string label = to_sql_identifier(name);
    api.free(const_cast<char*>(name));
    std::string column = "c" + std::to_string(i);
    if (!readable) column = "CAST(" + column + " AS VARCHAR)";
    list += fmt::format("{}{} AS {}", i == 0 ? "" : ", ", column, label);
    names += fmt::format("{}c{}", i == 0 ? "" : ", ", i);
    needed = needed || !readable;
  }
  if (!needed) return {};
  return fmt::format("SELECT {} FROM (\n{}\n) AS t({})", list, without_semicolon(sql), names);
}

}  // namespace

std::string to_sql_string(std::string_view text) { return quote(text, '\''); }
std::string to_sql_identifier(std::string_view text) { return quote(text, '"'); }

Result<std::unique_ptr<Database>> Database::open(const DuckdbOptions& options) {
  OBS_TRY(std::unique_ptr<Database> database, DuckdbDatabase::open(options));
  return database;
}

Result<std::unique_ptr<DuckdbDatabase>> DuckdbDatabase::open(const DuckdbOptions& options) {
  OBS_TRY(const DuckdbApi* api, load_duckdb());
  ConfigHandle config(*api);
  if (api->create_config(config.out()) != DuckDBSuccess) {
    return fail(Errc::kInternal, "DuckDB cannot make a configuration");
  }
  OBS_TRY_VOID(configure(*api, config.get(), options));
  auto database = std::make_shared<DatabaseHandle>(*api);
  char* reason = nullptr;
  if (api->open_ext(nullptr, database->out(), config.get(), &reason) != DuckDBSuccess) {
    const std::string message = to_one_line(reason);
    api->free(reason);
    return fail(Errc::kInvalidArgument, "open DuckDB: " + message);
  }
  return std::unique_ptr<DuckdbDatabase>(new DuckdbDatabase(*api, std::move(database)));
}

Result<std::unique_ptr<DuckdbConnection>> DuckdbDatabase::connect_raw() {
  auto connection = std::make_shared<ConnectionHandle>(*api_);
  if (api_->connect(database_->get(), connection->out()) != DuckDBSuccess) {
    return fail(Errc::kInternal, "DuckDB refuses a connection to its own instance");
  }
  return std::make_unique<DuckdbConnection>(*api_, database_, std::move(connection));
}

Result<std::unique_ptr<Connection>> DuckdbDatabase::connect() {
  OBS_TRY(std::unique_ptr<Connection> connection, connect_raw());
  return connection;
}

// In this order: each takes away what the next one's opposite would need.
Result<void> DuckdbDatabase::lock_down(const std::string& store_dir) {
  OBS_TRY(auto connection, connect_raw());
  return connection->execute("SET allowed_directories = [" + to_sql_string(store_dir) +
                             "]; SET enable_external_access = false; "
                             "SET lock_configuration = true;");
}

Result<void> DuckdbConnection::execute(const std::string& sql) {
  ResultHandle result(*api_);
  if (api_->query(raw(), sql.c_str(), result.get()) == DuckDBSuccess) return {};
  return fail(result_error(*api_, result));
}

Result<PreparedHandle> DuckdbConnection::prepare(const std::string& sql) {
  PreparedHandle prepared(*api_);
  if (api_->prepare(raw(), sql.c_str(), prepared.out()) == DuckDBSuccess) return prepared;
  return fail(statement_error(api_->prepare_error(prepared.get())));
}

Result<std::unique_ptr<RowStream>> DuckdbConnection::query(const std::string& sql) {
  OBS_TRY(PreparedHandle prepared, prepare(sql));
  if (const std::string cast = cast_what_only_prints(*api_, prepared.get(), sql); !cast.empty()) {
    OBS_TRY(prepared, prepare(cast));
  }
  OBS_TRY(auto chunks, DuckdbChunks::start(*api_, std::move(prepared), {database_, connection_}));
  OBS_TRY(std::unique_ptr<RowStream> stream, DuckdbStream::start(std::move(chunks)));
  return stream;
}

Result<DuckdbChunks> DuckdbConnection::query_chunks(const std::string& sql) {
  OBS_TRY(PreparedHandle prepared, prepare(sql));
  return DuckdbChunks::start(*api_, std::move(prepared), {database_, connection_});
}

Result<std::string> DuckdbConnection::query_text(const std::string& sql,
                                                 std::string_view parameter) {
  OBS_TRY(PreparedHandle prepared, prepare(sql));
  if (api_->bind_varchar_length(prepared.get(), 1, parameter.data(), parameter.size()) !=
      DuckDBSuccess) {
    return fail(Errc::kInvalidArgument, "the statement has no parameter $1 that takes text");
  }
  OBS_TRY(auto chunks, DuckdbChunks::start(*api_, std::move(prepared), {database_, connection_}));
  OBS_TRY(auto stream, DuckdbStream::start(std::move(chunks)));
  std::span<const model::Value> row;
  OBS_TRY(const bool any, stream->next(row));
  if (!any || row.empty() || row[0].kind() == model::ValueKind::kEmpty) {
    return fail(Errc::kNotFound, "the query has no answer");
  }
  if (row[0].is_string()) return std::string(row[0].as_string());
  std::string text;
  codec::append_plain_value(text, row[0]);
  return text;
}

}  // namespace obs::store
