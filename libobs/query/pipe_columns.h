// What a program reads of records whose order it does not mind, or only the windows of, and the SQL
// that fetches no more.
//
// Records that are alike as far as the program reads them may be fetched as one, with how many
// there are: folded. So counting millions takes DuckDB's time and not ours. Pure.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/lang/ast.h"
#include "libobs/query/record_filter.h"

namespace obs::query {

struct PipeColumns {
  std::vector<std::string_view> columns;  // Of record_columns(), without those that follow.
  std::vector<std::string> attributes;    // Keys.
  std::vector<std::string> resource;      // Likewise; resources are fetched whole if there are any.
  // Of `time` only which multiple of this lies before it; 0: it is one of the columns, or not read.
  Duration time_step = 0;
  bool in_windows = false;  // By time_step, in their order: for folded ones alone.

  // For people: "extra, service, attributes.http.route, time by 1m".
  std::string to_text() const;
};

// nullopt for a program that may look at all of a record, or minds the order. A field that stands
// elsewhere than in its column (FieldSource::elsewhere) is for the caller to rule out.
std::optional<PipeColumns> find_pipe_columns(const lang::Program& program, model::Signal signal);

// The columns of record_columns(signal), and when `folded` one more: how many such records.
std::string select_columns(model::Signal signal, const RecordFilter& filter,
                           const PipeColumns& reads, bool folded, std::string_view project);

// Has a row when some record's resource has one of the keys.
std::string select_resource(model::Signal signal, const RecordFilter& filter,
                            const PipeColumns& reads, std::string_view project);

// How many rows there would be, folded, of so many records of the store.
std::string count_folded(model::Signal signal, const PipeColumns& reads, std::string_view project,
                         std::uint64_t records);

}  // namespace obs::query
