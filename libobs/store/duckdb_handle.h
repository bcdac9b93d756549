// Owners of DuckDB's C handles, and its errors as ours. Internal to libobs/store.

#pragma once

#include <string>
#include <utility>

#include "libobs/base/result.h"
#include "libobs/store/duckdb_api.h"

namespace obs::store {

// Owns one handle, given back by the function of DuckdbApi that `Destroy` names.
template <class Handle, void (*DuckdbApi::*Destroy)(Handle*)>
class DuckdbHandle {
 public:
  explicit DuckdbHandle(const DuckdbApi& api, Handle handle = Handle{})
      : api_(&api), handle_(handle) {}
  ~DuckdbHandle() { reset(); }
  DuckdbHandle(DuckdbHandle&& other) noexcept
      : api_(other.api_), handle_(std::exchange(other.handle_, Handle{})) {}
  DuckdbHandle& operator=(DuckdbHandle&& other) noexcept {
    if (this != &other) {
      reset();
      api_ = other.api_;
      handle_ = std::exchange(other.handle_, Handle{});
    }
    return *this;
  }

  Handle get() const { return handle_; }
  // For a call that makes the handle, also one that fails and leaves its reason in it.
  Handle* out() {
    reset();
    return &handle_;
  }
  explicit operator bool() const { return handle_ != Handle{}; }

  void reset() {
    if (handle_ != Handle{}) (api_->*Destroy)(&handle_);
    handle_ = Handle{};
  }

 private:
  const DuckdbApi* api_;
  Handle handle_;
};

using ConfigHandle = DuckdbHandle<duckdb_config, &DuckdbApi::destroy_config>;
using DatabaseHandle = DuckdbHandle<duckdb_database, &DuckdbApi::close>;
using ConnectionHandle = DuckdbHandle<duckdb_connection, &DuckdbApi::disconnect>;
using PreparedHandle = DuckdbHandle<duckdb_prepared_statement, &DuckdbApi::destroy_prepare>;
using PendingHandle = DuckdbHandle<duckdb_pending_result, &DuckdbApi::destroy_pending>;
using TypeHandle = DuckdbHandle<duckdb_logical_type, &DuckdbApi::destroy_logical_type>;
using ChunkHandle = DuckdbHandle<duckdb_data_chunk, &DuckdbApi::destroy_data_chunk>;
using ScalarFunctionHandle =
    DuckdbHandle<duckdb_scalar_function, &DuckdbApi::destroy_scalar_function>;
using AggregateFunctionHandle =
    DuckdbHandle<duckdb_aggregate_function, &DuckdbApi::destroy_aggregate_function>;
using TableFunctionHandle = DuckdbHandle<duckdb_table_function, &DuckdbApi::destroy_table_function>;

// A result is a struct, not a pointer, and wants destroying after a failure too.
class ResultHandle {
 public:
  explicit ResultHandle(const DuckdbApi& api) : api_(&api) {}
  ~ResultHandle() { api_->destroy_result(&result_); }
  ResultHandle(ResultHandle&& other) noexcept
      : api_(other.api_), result_(std::exchange(other.result_, {})) {}
  ResultHandle& operator=(ResultHandle&&) = delete;
  duckdb_result* get() { return &result_; }

 private:
  const DuckdbApi* api_;
  duckdb_result result_{};
};

// DuckDB's message as one line: its paragraphs joined, the quoted statement and what follows left
// out.
std::string to_one_line(const char* message);

// The failure a result carries. kUnavailable: interrupted. kLimitExceeded: out of memory. kIo: a
// file. kInternal: DuckDB's own assertion. kInvalidArgument: anything else, the statement's fault.
Error result_error(const DuckdbApi& api, ResultHandle& result);

// The failure of a statement that has not begun to run, of which DuckDB tells no more than a
// message: interrupted, or the statement's fault.
Error statement_error(const char* message);
// The failure of one that was running when DuckDB told no more than a message: as result_error().
Error running_error(const char* message);

}  // namespace obs::store
