// The part of DuckDB's C API that the store calls, declared here and bound late: neither DuckDB's
// header nor its library is needed to build or to start.
//
// Internal to libobs/store. Names and layouts are DuckDB's own (stable since 1.0), so that its
// documentation applies. Only what is listed in OBS_DUCKDB_FUNCTIONS may be called.

#pragma once

#include <cstddef>
#include <cstdint>

#include "libobs/base/result.h"

namespace obs::store {

// NOLINTBEGIN(readability-identifier-naming)
using idx_t = std::uint64_t;

enum duckdb_state { DuckDBSuccess = 0, DuckDBError = 1 };

enum duckdb_type : std::uint32_t {
  DUCKDB_TYPE_INVALID = 0,
  DUCKDB_TYPE_BOOLEAN = 1,
  DUCKDB_TYPE_TINYINT = 2,
  DUCKDB_TYPE_SMALLINT = 3,
  DUCKDB_TYPE_INTEGER = 4,
  DUCKDB_TYPE_BIGINT = 5,
  DUCKDB_TYPE_UTINYINT = 6,
  DUCKDB_TYPE_USMALLINT = 7,
  DUCKDB_TYPE_UINTEGER = 8,
  DUCKDB_TYPE_UBIGINT = 9,
  DUCKDB_TYPE_FLOAT = 10,
  DUCKDB_TYPE_DOUBLE = 11,
  DUCKDB_TYPE_TIMESTAMP = 12,  // Microseconds.
  DUCKDB_TYPE_DATE = 13,       // Days, int32.
  DUCKDB_TYPE_HUGEINT = 16,
  DUCKDB_TYPE_VARCHAR = 17,
  DUCKDB_TYPE_BLOB = 18,
  DUCKDB_TYPE_DECIMAL = 19,
  DUCKDB_TYPE_TIMESTAMP_S = 20,
  DUCKDB_TYPE_TIMESTAMP_MS = 21,
  DUCKDB_TYPE_TIMESTAMP_NS = 22,
  DUCKDB_TYPE_LIST = 24,
  DUCKDB_TYPE_STRUCT = 25,
  DUCKDB_TYPE_MAP = 26,
  DUCKDB_TYPE_TIMESTAMP_TZ = 31,  // Microseconds.
  DUCKDB_TYPE_ARRAY = 33,
  DUCKDB_TYPE_SQLNULL = 36,
};

enum duckdb_error_type : std::uint32_t {
  DUCKDB_ERROR_IO = 28,
  DUCKDB_ERROR_INTERRUPT = 29,
  DUCKDB_ERROR_FATAL = 30,
  DUCKDB_ERROR_INTERNAL = 31,
  DUCKDB_ERROR_OUT_OF_MEMORY = 33,
};

using duckdb_database = struct duckdb_database_opaque*;
using duckdb_connection = struct duckdb_connection_opaque*;
using duckdb_config = struct duckdb_config_opaque*;
using duckdb_prepared_statement = struct duckdb_prepared_statement_opaque*;
using duckdb_pending_result = struct duckdb_pending_result_opaque*;
enum duckdb_pending_state : std::uint32_t {
  DUCKDB_PENDING_RESULT_READY = 0,
  DUCKDB_PENDING_RESULT_NOT_READY = 1,
  DUCKDB_PENDING_ERROR = 2,
  DUCKDB_PENDING_NO_TASKS_AVAILABLE = 3,
};
using duckdb_logical_type = struct duckdb_logical_type_opaque*;
using duckdb_value = struct duckdb_value_opaque*;
using duckdb_data_chunk = struct duckdb_data_chunk_opaque*;
using duckdb_vector = struct duckdb_vector_opaque*;
using duckdb_selection_vector = struct duckdb_selection_vector_opaque*;
using duckdb_table_function = struct duckdb_table_function_opaque*;
using duckdb_scalar_function = struct duckdb_scalar_function_opaque*;
using duckdb_aggregate_function = struct duckdb_aggregate_function_opaque*;
using duckdb_aggregate_state = struct duckdb_aggregate_state_opaque*;
using duckdb_bind_info = struct duckdb_bind_info_opaque*;
using duckdb_init_info = struct duckdb_init_info_opaque*;
using duckdb_function_info = struct duckdb_function_info_opaque*;

using duckdb_table_function_bind_t = void (*)(duckdb_bind_info);
using duckdb_table_function_init_t = void (*)(duckdb_init_info);
using duckdb_table_function_t = void (*)(duckdb_function_info, duckdb_data_chunk);
using duckdb_scalar_function_t = void (*)(duckdb_function_info, duckdb_data_chunk, duckdb_vector);
using duckdb_aggregate_state_size = idx_t (*)(duckdb_function_info);
using duckdb_aggregate_init_t = void (*)(duckdb_function_info, duckdb_aggregate_state);
using duckdb_aggregate_destroy_t = void (*)(duckdb_aggregate_state*, idx_t);
using duckdb_aggregate_update_t = void (*)(duckdb_function_info, duckdb_data_chunk,
                                           duckdb_aggregate_state*);
using duckdb_aggregate_combine_t = void (*)(duckdb_function_info, duckdb_aggregate_state*,
                                            duckdb_aggregate_state*, idx_t);
using duckdb_aggregate_finalize_t = void (*)(duckdb_function_info, duckdb_aggregate_state*,
                                             duckdb_vector, idx_t, idx_t);
using duckdb_delete_callback_t = void (*)(void*);

struct duckdb_result {
  idx_t deprecated_column_count;
  idx_t deprecated_row_count;
  idx_t deprecated_rows_changed;
  void* deprecated_columns;
  char* deprecated_error_message;
  void* internal_data;
};

struct duckdb_hugeint {
  std::uint64_t lower;
  std::int64_t upper;
};

struct duckdb_list_entry {
  std::uint64_t offset;
  std::uint64_t length;
};

// Up to 12 bytes lie inline, the unused ones zero; longer text is a length, its first four bytes,
// and a pointer.
struct duckdb_string_t {
  std::uint32_t length;
  char prefix[4];
  union {
    const char* pointer;
    char inlined_tail[8];
  };
};
// NOLINTEND(readability-identifier-naming)
static_assert(sizeof(duckdb_string_t) == 16);
inline constexpr std::uint32_t kInlineStringBytes = 12;

// clang-format off
#define OBS_DUCKDB_FUNCTIONS(X)                                                                    \
  X(const char*, library_version, ())                                                              \
  X(void, free, (void*))                                                                           \
  X(idx_t, vector_size, ())                                                                        \
  X(duckdb_state, create_config, (duckdb_config*))                                                 \
  X(duckdb_state, set_config, (duckdb_config, const char*, const char*))                           \
  X(void, destroy_config, (duckdb_config*))                                                        \
  X(duckdb_state, open_ext, (const char*, duckdb_database*, duckdb_config, char**))                \
  X(void, close, (duckdb_database*))                                                               \
  X(duckdb_state, connect, (duckdb_database, duckdb_connection*))                                  \
  X(void, disconnect, (duckdb_connection*))                                                        \
  X(void, interrupt, (duckdb_connection))                                                          \
  X(duckdb_state, query, (duckdb_connection, const char*, duckdb_result*))                         \
  X(void, destroy_result, (duckdb_result*))                                                        \
  X(const char*, result_error, (duckdb_result*))                                                   \
  X(duckdb_error_type, result_error_type, (duckdb_result*))                                        \
  X(idx_t, column_count, (duckdb_result*))                                                         \
  X(const char*, column_name, (duckdb_result*, idx_t))                                             \
  X(duckdb_logical_type, column_logical_type, (duckdb_result*, idx_t))                             \
  X(duckdb_data_chunk, fetch_chunk, (duckdb_result))                                               \
  X(duckdb_state, prepare, (duckdb_connection, const char*, duckdb_prepared_statement*))           \
  X(const char*, prepare_error, (duckdb_prepared_statement))                                       \
  X(void, destroy_prepare, (duckdb_prepared_statement*))                                           \
  X(idx_t, prepared_statement_column_count, (duckdb_prepared_statement))                           \
  X(const char*, prepared_statement_column_name, (duckdb_prepared_statement, idx_t))               \
  X(duckdb_logical_type, prepared_statement_column_logical_type,                                   \
    (duckdb_prepared_statement, idx_t))                                                            \
  X(duckdb_state, bind_varchar_length, (duckdb_prepared_statement, idx_t, const char*, idx_t))     \
  X(duckdb_state, pending_prepared_streaming,                                                      \
    (duckdb_prepared_statement, duckdb_pending_result*))                                           \
  X(const char*, pending_error, (duckdb_pending_result))                                           \
  X(duckdb_pending_state, pending_execute_task, (duckdb_pending_result))                           \
  X(duckdb_state, execute_pending, (duckdb_pending_result, duckdb_result*))                        \
  X(void, destroy_pending, (duckdb_pending_result*))                                               \
  X(duckdb_logical_type, create_logical_type, (duckdb_type))                                       \
  X(duckdb_logical_type, create_list_type, (duckdb_logical_type))                                  \
  X(void, destroy_logical_type, (duckdb_logical_type*))                                            \
  X(duckdb_type, get_type_id, (duckdb_logical_type))                                               \
  X(char*, logical_type_get_alias, (duckdb_logical_type))                                          \
  X(void, logical_type_set_alias, (duckdb_logical_type, const char*))                              \
  X(std::uint8_t, decimal_width, (duckdb_logical_type))                                            \
  X(std::uint8_t, decimal_scale, (duckdb_logical_type))                                            \
  X(duckdb_type, decimal_internal_type, (duckdb_logical_type))                                     \
  X(duckdb_logical_type, list_type_child_type, (duckdb_logical_type))                              \
  X(duckdb_logical_type, array_type_child_type, (duckdb_logical_type))                             \
  X(idx_t, array_type_array_size, (duckdb_logical_type))                                           \
  X(duckdb_logical_type, map_type_key_type, (duckdb_logical_type))                                 \
  X(duckdb_logical_type, map_type_value_type, (duckdb_logical_type))                               \
  X(idx_t, struct_type_child_count, (duckdb_logical_type))                                         \
  X(char*, struct_type_child_name, (duckdb_logical_type, idx_t))                                   \
  X(duckdb_logical_type, struct_type_child_type, (duckdb_logical_type, idx_t))                     \
  X(duckdb_data_chunk, create_data_chunk, (duckdb_logical_type*, idx_t))                           \
  X(void, destroy_data_chunk, (duckdb_data_chunk*))                                                \
  X(void, data_chunk_reset, (duckdb_data_chunk))                                                   \
  X(idx_t, data_chunk_get_size, (duckdb_data_chunk))                                               \
  X(void, data_chunk_set_size, (duckdb_data_chunk, idx_t))                                         \
  X(duckdb_vector, data_chunk_get_vector, (duckdb_data_chunk, idx_t))                              \
  X(void*, vector_get_data, (duckdb_vector))                                                       \
  X(std::uint64_t*, vector_get_validity, (duckdb_vector))                                          \
  X(void, vector_ensure_validity_writable, (duckdb_vector))                                        \
  X(void, unsafe_vector_assign_string_element_len, (duckdb_vector, idx_t, const char*, idx_t))     \
  X(void, vector_copy_sel,                                                                         \
    (duckdb_vector, duckdb_vector, duckdb_selection_vector, idx_t, idx_t, idx_t))                  \
  X(duckdb_selection_vector, create_selection_vector, (idx_t))                                     \
  X(void, destroy_selection_vector, (duckdb_selection_vector))                                     \
  X(std::uint32_t*, selection_vector_get_data_ptr, (duckdb_selection_vector))                      \
  X(duckdb_vector, list_vector_get_child, (duckdb_vector))                                         \
  X(duckdb_state, list_vector_reserve, (duckdb_vector, idx_t))                                     \
  X(duckdb_state, list_vector_set_size, (duckdb_vector, idx_t))                                    \
  X(duckdb_vector, array_vector_get_child, (duckdb_vector))                                        \
  X(duckdb_vector, struct_vector_get_child, (duckdb_vector, idx_t))                                \
  X(duckdb_table_function, create_table_function, ())                                              \
  X(void, destroy_table_function, (duckdb_table_function*))                                        \
  X(void, table_function_set_name, (duckdb_table_function, const char*))                           \
  X(void, table_function_set_extra_info,                                                           \
    (duckdb_table_function, void*, duckdb_delete_callback_t))                                      \
  X(void, table_function_set_bind, (duckdb_table_function, duckdb_table_function_bind_t))          \
  X(void, table_function_set_init, (duckdb_table_function, duckdb_table_function_init_t))          \
  X(void, table_function_set_function, (duckdb_table_function, duckdb_table_function_t))           \
  X(void, table_function_supports_projection_pushdown, (duckdb_table_function, bool))              \
  X(duckdb_state, register_table_function, (duckdb_connection, duckdb_table_function))             \
  X(void, table_function_add_parameter, (duckdb_table_function, duckdb_logical_type))              \
  X(duckdb_scalar_function, create_scalar_function, ())                                            \
  X(void, destroy_scalar_function, (duckdb_scalar_function*))                                      \
  X(void, scalar_function_set_name, (duckdb_scalar_function, const char*))                         \
  X(void, scalar_function_add_parameter, (duckdb_scalar_function, duckdb_logical_type))            \
  X(void, scalar_function_set_return_type, (duckdb_scalar_function, duckdb_logical_type))          \
  X(void, scalar_function_set_special_handling, (duckdb_scalar_function))                          \
  X(void, scalar_function_set_function, (duckdb_scalar_function, duckdb_scalar_function_t))        \
  X(duckdb_state, register_scalar_function, (duckdb_connection, duckdb_scalar_function))           \
  X(duckdb_aggregate_function, create_aggregate_function, ())                                      \
  X(void, destroy_aggregate_function, (duckdb_aggregate_function*))                                \
  X(void, aggregate_function_set_name, (duckdb_aggregate_function, const char*))                   \
  X(void, aggregate_function_add_parameter, (duckdb_aggregate_function, duckdb_logical_type))      \
  X(void, aggregate_function_set_return_type, (duckdb_aggregate_function, duckdb_logical_type))    \
  X(void, aggregate_function_set_functions,                                                        \
    (duckdb_aggregate_function, duckdb_aggregate_state_size, duckdb_aggregate_init_t,              \
     duckdb_aggregate_update_t, duckdb_aggregate_combine_t, duckdb_aggregate_finalize_t))          \
  X(void, aggregate_function_set_destructor,                                                       \
    (duckdb_aggregate_function, duckdb_aggregate_destroy_t))                                       \
  X(duckdb_state, register_aggregate_function, (duckdb_connection, duckdb_aggregate_function))     \
  X(duckdb_value, bind_get_parameter, (duckdb_bind_info, idx_t))                                   \
  X(std::int64_t, get_int64, (duckdb_value))                                                       \
  X(void, destroy_value, (duckdb_value*))                                                          \
  X(void, bind_set_bind_data, (duckdb_bind_info, void*, duckdb_delete_callback_t))                 \
  X(void, bind_set_error, (duckdb_bind_info, const char*))                                         \
  X(void*, bind_get_extra_info, (duckdb_bind_info))                                                \
  X(void, bind_add_result_column, (duckdb_bind_info, const char*, duckdb_logical_type))            \
  X(void, bind_set_cardinality, (duckdb_bind_info, idx_t, bool))                                   \
  X(void*, init_get_bind_data, (duckdb_init_info))                                                 \
  X(void, init_set_init_data, (duckdb_init_info, void*, duckdb_delete_callback_t))                 \
  X(idx_t, init_get_column_count, (duckdb_init_info))                                              \
  X(idx_t, init_get_column_index, (duckdb_init_info, idx_t))                                       \
  X(void, init_set_max_threads, (duckdb_init_info, idx_t))                                         \
  X(void*, function_get_bind_data, (duckdb_function_info))                                         \
  X(void, function_set_error, (duckdb_function_info, const char*))                                 \
  X(void*, function_get_init_data, (duckdb_function_info))
// clang-format on

struct DuckdbApi {
#define OBS_DUCKDB_MEMBER(result, name, arguments) result(*name) arguments = nullptr;
  OBS_DUCKDB_FUNCTIONS(OBS_DUCKDB_MEMBER)
#undef OBS_DUCKDB_MEMBER
};

// Opens the library and binds every function, once a process; later calls are a lock and a load.
// kNotFound says where it was looked for, kUnsupported which function it lacks. The library stays
// loaded for ever: DuckDB's threads may outlive any owner. Any thread.
Result<const DuckdbApi*> load_duckdb();

// Whether there is a library to open, without opening it. kNotFound as above.
Result<void> find_duckdb();

}  // namespace obs::store
