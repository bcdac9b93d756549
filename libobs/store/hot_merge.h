// Rows of parts that differ in their hot attributes, on their way into one part. Internal to
// libobs/store.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/result.h"
#include "libobs/codec/json_members.h"
#include "libobs/store/column_out.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/hot_attributes.h"

namespace obs::store {

// Of the attributes `wanted` as columns of a part made of `files`, those that can be: where a file
// has one in its JSON, all rows there are read, and must agree on it. Files that all have them as
// columns, which is the rule, cost nothing.
Result<HotAttributes> settle_hot_attributes(DuckdbConnection& connection, HotAttributes wanted,
                                            std::span<const PartFile> files);

// Brings rows with the hot attributes `from` into columns for `to`, which are settled. One thread.
class HotMapping {
 public:
  static constexpr std::size_t kNone = HotIndex::kNone;

  // Both outlive the mapping.
  HotMapping(std::span<const HotAttribute> from, std::span<const HotAttribute> to);

  // Both have the same columns: rows can be copied.
  bool is_identity() const { return is_identity_; }
  // The column of `from` that is column `to`; kNone: its values are in the JSON, if anywhere.
  std::size_t source_of(std::size_t to) const { return sources_[to]; }

  // What is wanted of the columns that cannot be copied.
  struct Out {
    std::optional<ColumnOut> rest;
    std::vector<std::optional<ColumnOut>> hot;  // By place in `to`.
  };
  // Brings row `row` of the columns `rest` and `hot` (by place in `from`) to row `at`.
  void map(const DuckdbApi& api, duckdb_vector rest, std::span<const duckdb_vector> hot, idx_t row,
           Out& out, idx_t at);

 private:
  void take_out(std::string_view json, Out& out, idx_t at);
  void put_back(const DuckdbApi& api, std::span<const duckdb_vector> hot, idx_t row);
  std::string& begin_member(std::string_view spelled_key);
  void set_value(ColumnOut& out, idx_t at, HotType type, std::string_view json);

  // A key, spelled as in JSON, and its place.
  struct Key {
    std::string spelled;
    std::size_t place = 0;
    HotType type = HotType::kText;
  };
  bool is_identity_;
  std::vector<std::size_t> sources_;
  std::vector<Key> taken_;     // Columns of `to` that `from` has not.
  std::vector<Key> returned_;  // Columns of `from` that `to` has not.
  std::vector<codec::JsonMember> members_;
  std::vector<bool> seen_;
  std::string json_;
};

}  // namespace obs::store
