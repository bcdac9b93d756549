// Where the rows of an answer go.

#pragma once

#include <cstdint>
#include <span>

#include "libobs/base/result.h"
#include "libobs/model/value.h"
#include "libobs/store/rows.h"

namespace obs::query {

class RowSink {
 public:
  virtual ~RowSink() = default;
  // `row` is valid during the call.
  virtual Result<void> add(std::span<const model::Value> row) = 0;
};

// Moves the rows of a stream into a sink, at most `limit` of them (0: all), and tells how many.
Result<std::uint64_t> drain(store::RowStream& rows, RowSink& sink, std::uint64_t limit = 0);

}  // namespace obs::query
