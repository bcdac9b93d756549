// Following a store: what has arrived since we last looked, in order of arrival, each record once.

#pragma once

#include <cstdint>

#include "libobs/query/reader.h"
#include "libobs/query/record_filter.h"
#include "libobs/query/row_sink.h"

namespace obs::query {

class Follower {
 public:
  // Begins after `after_seq`: the last_seq() of the snapshot that was shown before. `reader`
  // outlives this object. The filter's own bounds of number and sequence are not used.
  Follower(Reader& reader, model::Signal signal, RecordFilter filter, RecordColumns columns,
           std::uint64_t after_seq);

  // Takes a new snapshot and gives the sink what it has more than the last. How many records.
  Result<std::uint64_t> poll(RowSink& sink);

 private:
  Reader& reader_;
  model::Signal signal_;
  RecordFilter filter_;
  RecordColumns columns_;
};

}  // namespace obs::query
