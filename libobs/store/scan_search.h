// Searching row groups by ourselves: where an index leaves a few rows of many row groups, only the
// pages in which they are are read, and DuckDB is handed those that match, as records. It would
// inflate whole row groups for them. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libobs/store/hot_attributes.h"
#include "libobs/store/parquet_file.h"
#include "libobs/store/scan_filter.h"
#include "libobs/store/table_function.h"
#include "libobs/store/token_filter.h"

namespace obs::store {

// A part that ParquetWriter wrote.
struct SearchedPart {
  ParquetFile file;
  HotAttributes hot;
  std::string path;
  std::uint32_t section_rows = 0;
};

struct SearchedGroup {
  std::shared_ptr<const SearchedPart> part;
  std::uint32_t block = 0;
  SectionMask sections = kAllSections;  // Where rows may be that match.
};

struct Search {
  model::Signal signal = model::Signal::kLogs;
  ScanFilter filter;
  std::vector<SearchedGroup> groups;
};

// Whether it is better than reading the groups whole, if so many rows of them may match.
bool is_worth_searching(const Search& search);

// The records that the search finds, for select_found(). Some may be no matches: see RowMatcher. A
// page that is damaged ends the statement, with its part's name. Uses as many threads as there are
// cores, while it is asked for rows.
std::shared_ptr<const TableSource> make_search_source(Search search,
                                                      std::span<const std::string> keys,
                                                      std::span<const std::string> json_keys = {});
// A SELECT over `rows`, which offers such a source of the same keys: of what select_from() answers
// for these arguments.
std::string select_found(const std::string& rows, model::Signal signal,
                         std::span<const std::string> keys, std::span<const std::string> columns,
                         std::span<const std::string> json_keys = {});

}  // namespace obs::store
