#include "libobs/store/duckdb_handle.h"

#include <string_view>

#include "libobs/base/text.h"

namespace obs::store {
namespace {

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
  if (code == Errc::kUnavailable) return {code, "the query was interrupted"};
  return {code, to_one_line(api.result_error(result.get()))};
}

}  // namespace obs::store
