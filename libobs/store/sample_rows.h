// Samples of some series while they are gathered, in whatever order they come. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/duckdb_chunks.h"
#include "libobs/store/numbers_part.h"
#include "libobs/store/row_set.h"
#include "libobs/store/rows.h"
#include "libobs/store/sample_numbers.h"
#include "libobs/store/sample_scan.h"

namespace obs::store {

struct NumberViews;

// Of some targets, by number. One thread.
class SampleRows {
 public:
  // `ids` are those of each target's series in the catalog. Of a target about `expected` samples
  // will come.
  SampleRows(std::span<const std::vector<std::uint32_t>> ids, std::size_t expected);

  // The rows of a row group that are in the range.
  Result<void> add_group(const NumbersPart& part, std::size_t group, const SampleRange& range,
                         bool with_arrival);
  // Rows of select_numbers(). kLimitExceeded: more than kMaxSamples.
  Result<void> add_numbers(DuckdbChunks& chunks);
  // What `other` gathered of targets of which nothing is here.
  Result<void> take_over(SampleRows other);
  // Rows of select_distributions().
  Result<void> add_distributions(RowStream& rows);
  // Whether two of these are of the same series and time, so that their numbers of arrival are
  // needed, and were not read. To be asked before the WAL's points are added.
  bool needs_arrival();
  // Points of the WAL, in order of arrival. One without a value or a flag is no sample.
  Result<void> add_fresh(std::size_t target, const SequencedBatch& batch, std::uint32_t row);

  // The samples of a target, in order of time, each time once.
  SampleSeries take(std::size_t target);

 private:
  struct Whole {
    Timestamp time;
    Timestamp start_time;
    model::Distribution distribution;
    std::uint64_t arrival;
  };
  struct Gathered {
    SampleNumbers numbers;
    std::vector<Whole> wholes;
    std::shared_ptr<Arena> arena;
    std::vector<model::BatchPtr> batches;  // Whose arenas the distributions point into.
  };

  Gathered* find(std::uint32_t series_id);
  bool has_any(const ParquetCells<std::int32_t>& series);
  static void add_run(const NumberViews& views, idx_t begin, idx_t end, SampleNumbers& numbers);
  Result<void> count(std::size_t rows);
  static Arena& arena_of(Gathered& gathered);

  std::unordered_map<std::uint32_t, std::size_t> places_;
  std::vector<Gathered> gathered_;
  std::size_t expected_ = 0;
  std::size_t samples_ = 0;
  bool has_arrival_ = false;
};

// A SELECT of parts in SQL; `relation` reads them, `condition` is over their columns.
std::string select_numbers(const std::string& relation, const std::string& condition,
                           bool with_arrival);

}  // namespace obs::store
