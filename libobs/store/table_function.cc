#include "libobs/store/table_function.h"

#include <map>
#include <mutex>
#include <utility>

namespace obs::store {

using SourcePtr = std::shared_ptr<const TableSource>;

// The sources that are on offer, by number.
struct TableSources {
  SourcePtr find(std::int64_t number) {
    const std::lock_guard lock(mutex);
    const auto found = by_number.find(number);
    return found == by_number.end() ? nullptr : found->second;
  }

  std::mutex mutex;
  std::int64_t last_number = 0;
  std::map<std::int64_t, SourcePtr> by_number;
};

namespace {

using SourcesPtr = std::shared_ptr<TableSources>;

// DuckDB calls us only after it was loaded.
const DuckdbApi& loaded_api() { return **load_duckdb(); }

// DuckDB carries our objects as void*, each with its deleter.
template <class T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

void bind(duckdb_bind_info info) {
  const DuckdbApi& api = loaded_api();
  auto& sources = **static_cast<SourcesPtr*>(api.bind_get_extra_info(info));
  duckdb_value parameter = api.bind_get_parameter(info, 0);
  const std::int64_t number = api.get_int64(parameter);
  api.destroy_value(&parameter);
  SourcePtr source = sources.find(number);
  if (source == nullptr) return api.bind_set_error(info, "obs_rows: there are no such rows");

  source->describe(api, [&](const std::string& name, duckdb_logical_type type) {
    api.bind_add_result_column(info, name.c_str(), type);
  });
  api.bind_set_cardinality(info, source->row_count(), true);
  api.bind_set_bind_data(info, new SourcePtr(std::move(source)), destroy<SourcePtr>);
}

void init(duckdb_init_info info) {
  const DuckdbApi& api = loaded_api();
  const SourcePtr& source = *static_cast<SourcePtr*>(api.init_get_bind_data(info));
  std::vector<idx_t> columns;
  for (idx_t i = 0; i < api.init_get_column_count(info); ++i) {
    columns.push_back(api.init_get_column_index(info, i));
  }
  // One thread: rows keep their order, which parts need.
  api.init_set_max_threads(info, 1);
  api.init_set_init_data(info, source->open(api, std::move(columns)).release(),
                         destroy<TableCursor>);
}

void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
  const DuckdbApi& api = loaded_api();
  auto& cursor = *static_cast<TableCursor*>(api.function_get_init_data(info));
  const auto rows = cursor.fill(chunk);
  if (!rows) return api.function_set_error(info, rows.error().message.c_str());
  api.data_chunk_set_size(chunk, *rows);
}

}  // namespace

Result<TableFunction> TableFunction::install(DuckdbConnection& connection) {
  const DuckdbApi& api = connection.api();
  TableFunction made;
  made.sources_ = std::make_shared<TableSources>();
  const TableFunctionHandle function(api, api.create_table_function());
  api.table_function_set_name(function.get(), "obs_rows");
  const TypeHandle number(api, api.create_logical_type(DUCKDB_TYPE_BIGINT));
  api.table_function_add_parameter(function.get(), number.get());
  api.table_function_set_extra_info(function.get(), new SourcesPtr(made.sources_),
                                    destroy<SourcesPtr>);
  api.table_function_set_bind(function.get(), bind);
  api.table_function_set_init(function.get(), init);
  api.table_function_set_function(function.get(), fill);
  api.table_function_supports_projection_pushdown(function.get(), true);
  if (api.register_table_function(connection.raw(), function.get()) != DuckDBSuccess) {
    return fail(Errc::kInternal, "DuckDB refuses our table function");
  }
  return made;
}

TableFunction::Offer TableFunction::offer(SourcePtr source) {
  Offer offer;
  offer.sources_ = sources_;
  const std::lock_guard lock(sources_->mutex);
  offer.number_ = ++sources_->last_number;
  sources_->by_number[offer.number_] = std::move(source);
  return offer;
}

TableFunction::Offer& TableFunction::Offer::operator=(Offer&& other) noexcept {
  std::swap(sources_, other.sources_);
  std::swap(number_, other.number_);
  return *this;
}

TableFunction::Offer::~Offer() {
  if (sources_ == nullptr) return;
  const std::lock_guard lock(sources_->mutex);
  sources_->by_number.erase(number_);
}

std::string TableFunction::Offer::sql() const {
  return sources_ == nullptr ? std::string() : "obs_rows(" + std::to_string(number_) + ")";
}

}  // namespace obs::store
