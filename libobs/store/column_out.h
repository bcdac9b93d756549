// One column of a DuckDB data chunk, being written. Internal to libobs/store.

#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "libobs/store/duckdb_api.h"

namespace obs::store {

class ColumnOut {
 public:
  ColumnOut(const DuckdbApi& api, duckdb_vector vector)
      : api_(&api), vector_(vector), data_(api.vector_get_data(vector)) {}

  template <class T>
  void set(idx_t row, T value) {
    static_cast<T*>(data_)[row] = value;
  }

  // Text that lives as long as the statement: DuckDB is handed a pointer into it, which is four
  // times cheaper than the call that copies. Must be UTF-8: nobody could read the part otherwise.
  void text(idx_t row, std::string_view value) {
    auto& out = static_cast<duckdb_string_t*>(data_)[row];
    out.length = static_cast<std::uint32_t>(value.size());
    if (value.size() <= kInlineStringBytes) {
      std::memset(out.prefix, 0, kInlineStringBytes);
      value.copy(out.prefix, value.size());  // Not memcpy: an empty view may have no data.
    } else {
      std::memcpy(out.prefix, value.data(), sizeof(out.prefix));
      out.pointer = value.data();
    }
  }

  // Text that was made for this row, and is copied.
  void made_text(idx_t row, std::string_view value) {
    api_->unsafe_vector_assign_string_element_len(vector_, row, value.data(), value.size());
  }

  void null(idx_t row) {
    if (validity_ == nullptr) {
      api_->vector_ensure_validity_writable(vector_);
      validity_ = api_->vector_get_validity(vector_);
    }
    validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  }

  // An empty text is NULL where OTLP does not tell absent from empty.
  void text_or_null(idx_t row, std::string_view value) {
    if (value.empty()) return null(row);
    text(row, value);
  }

  // Rows of a list column come in order, each once; a null() row has no call here.
  template <class T>
  void list(idx_t row, std::span<const T> items) {
    static_cast<duckdb_list_entry*>(data_)[row] = {list_size_, items.size()};
    if (items.empty()) return;
    api_->list_vector_reserve(vector_, list_size_ + items.size());
    api_->list_vector_set_size(vector_, list_size_ + items.size());
    T* room = static_cast<T*>(api_->vector_get_data(api_->list_vector_get_child(vector_)));
    std::memcpy(room + list_size_, items.data(), items.size_bytes());
    list_size_ += items.size();
  }

 private:
  const DuckdbApi* api_;
  duckdb_vector vector_;
  void* data_;
  std::uint64_t* validity_ = nullptr;
  idx_t list_size_ = 0;
};

}  // namespace obs::store
