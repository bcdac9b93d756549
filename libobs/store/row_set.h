// RowSet: records of one signal on their way to rest, or to a reader who wants them before they get
// there: what a DuckDB table function is filled from. Internal to libobs/store.
//
// Built by one thread, then read by any number of them. It keeps its batches alive; text that a
// filler hands to DuckDB points into them, or into the set's own arena.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/model/batch.h"

namespace obs::store {

// Rows of a Parquet row group, where a row takes about so many bytes in memory. Logs are searched,
// so that a small group pays; rows so large that too much of them would be held while a
// group is written or read make it smaller. Always whole DuckDB vectors (2048 rows), so that a
// group ends where it should.
std::uint32_t row_group_size(model::Signal signal, std::uint64_t row_bytes);
// Likewise where chunks end with their row group, so that rows which are larger still may make
// groups of any number of them.
std::uint32_t small_group_size(model::Signal signal, std::uint64_t row_bytes);

// A batch with the sequence number of its first record; the others count up.
struct SequencedBatch {
  model::BatchPtr batch;
  std::uint64_t first_seq = 0;
};

// A resource as the columns show it: made once a set, not once a row.
struct ResourceText {
  std::optional<std::string_view> service;
  std::string_view attributes;      // JSON object, without the service.
  std::string_view extra;           // What it gives the `extra` of its records; empty: nothing.
  std::uint32_t number = 0;         // Of those of the set that differ, projects apart.
  std::optional<std::uint32_t> id;  // In the catalog, once it has one.
};

struct RowBatch {
  model::BatchPtr batch;
  std::uint64_t first_seq = 0;
  std::span<ResourceText> resources;   // By index in the batch, both.
  std::span<std::string_view> scopes;  // JSON object; empty for a scope that says nothing.
};

struct RowRef {
  std::uint32_t batch = 0;
  std::uint32_t row = 0;
};

class RowSet {
 public:
  // `batches` are all of `signal`.
  RowSet(model::Signal signal, std::span<const SequencedBatch> batches);

  model::Signal signal() const { return signal_; }
  std::span<RowBatch> batches() { return batches_; }
  std::span<const RowBatch> batches() const { return batches_; }
  // How many resources differ, projects apart: ResourceText::number is below this.
  std::size_t resource_count() const { return resource_count_; }
  Timestamp time(RowRef ref) const;
  std::uint64_t seq(RowRef ref) const { return batches_[ref.batch].first_seq + ref.row; }

  // Memory that a row takes, on average; 0 for no rows.
  std::uint64_t row_bytes() const;

  // Every row of every batch, in order of arrival.
  std::vector<RowRef> all_rows() const;

 private:
  model::Signal signal_;
  Arena arena_;
  std::vector<RowBatch> batches_;
  std::size_t resource_count_ = 0;
};

// Sorts rows by time; rows of the same time stay in the order they had. Rows in order already cost
// a look at each.
void sort_by_time(const RowSet& set, std::vector<RowRef>& rows);

}  // namespace obs::store
