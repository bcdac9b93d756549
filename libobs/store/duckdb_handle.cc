#include "libobs/store/duckdb_handle.h"

#include <string_view>
#include <utility>

#include "libobs/base/text.h"

namespace obs::store {
namespace {

constexpr const char* kInterrupted = "the query was interrupted";

Errc to_errc(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_IO: return Errc::kIo;
    case DUCKDB_ERROR_INTERRUPT: return Errc::kUnavailable;
    case DUCKDB_ERROR_OUT_OF_MEMORY: return Errc::kLimitExceeded;
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_INTERNAL: return Errc::kInternal;
    default: return Errc::kInvalidArgument;
  }
}

}  // namespace

std::string to_one_line(const char* message) {
  if (message == nullptr) return "DuckDB failed without a message";
  std::string line;
  for (std::string_view part : split(message, '\n')) {
    part = trim(part);
    if (part.starts_with("LINE ")) break;
    if (part.empty()) continue;
    if (!line.empty()) line += ' ';
    line += part;
  }
  return line;
}

Error result_error(const DuckdbApi& api, ResultHandle& result) {
  const Errc code = to_errc(api.result_error_type(result.get()));
  if (code == Errc::kUnavailable) return {code, kInterrupted};
  return {code, to_one_line(api.result_error(result.get()))};
}

Error statement_error(const char* message) {
  const std::string line = to_one_line(message);
  if (line.ends_with("Interrupted!")) return {Errc::kUnavailable, kInterrupted};
  return {Errc::kInvalidArgument, line};
}

Error running_error(const char* message) {
  constexpr std::pair<std::string_view, duckdb_error_type> kTypes[] = {
      {"IO Error:", DUCKDB_ERROR_IO},
      {"FATAL Error:", DUCKDB_ERROR_FATAL},
      {"INTERNAL Error:", DUCKDB_ERROR_INTERNAL},
      {"Out of Memory Error:", DUCKDB_ERROR_OUT_OF_MEMORY},
  };
  Error error = statement_error(message);
  for (const auto& [prefix, type] : kTypes) {
    if (error.message.starts_with(prefix)) error.code = to_errc(type);
  }
  return error;
}

}  // namespace obs::store
