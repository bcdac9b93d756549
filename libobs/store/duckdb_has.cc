#include "libobs/store/duckdb_has.h"

#include <optional>
#include <string>

#include "libobs/base/tokens.h"
#include "libobs/store/column_out.h"
#include "libobs/store/duckdb_value.h"

namespace obs::store {
namespace {

const DuckdbApi& loaded_api() { return **load_duckdb(); }

std::string_view text_at(const VectorView& view, idx_t row) {
  const auto& text = static_cast<const duckdb_string_t*>(view.data)[row];
  return {text.length <= kInlineStringBytes ? text.prefix : text.pointer, text.length};
}

// The phrase is nearly always the same for all rows.
void has(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const DuckdbApi& api = loaded_api();
  const VectorView texts(api, api.data_chunk_get_vector(input, 0));
  const VectorView phrases(api, api.data_chunk_get_vector(input, 1));
  ColumnOut out(api, output);
  std::optional<Phrase> phrase;
  std::string given;
  std::string scratch;
  const idx_t rows = api.data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    if (texts.is_null(row) || phrases.is_null(row)) {
      out.null(row);
      continue;
    }
    if (const std::string_view text = text_at(phrases, row); !phrase || text != given) {
      given = text;
      phrase.emplace(given);
    }
    out.set<bool>(row, phrase->is_in(text_at(texts, row), scratch));
  }
}

}  // namespace

Result<void> install_has(DuckdbConnection& connection) {
  const DuckdbApi& api = connection.api();
  const ScalarFunctionHandle function(api, api.create_scalar_function());
  api.scalar_function_set_name(function.get(), "has");
  const TypeHandle text(api, api.create_logical_type(DUCKDB_TYPE_VARCHAR));
  api.scalar_function_add_parameter(function.get(), text.get());
  api.scalar_function_add_parameter(function.get(), text.get());
  const TypeHandle answer(api, api.create_logical_type(DUCKDB_TYPE_BOOLEAN));
  api.scalar_function_set_return_type(function.get(), answer.get());
  api.scalar_function_set_special_handling(function.get());
  api.scalar_function_set_function(function.get(), has);
  if (api.register_scalar_function(connection.raw(), function.get()) == DuckDBSuccess) return {};
  return fail(Errc::kInternal, "DuckDB refuses our function has");
}

}  // namespace obs::store
