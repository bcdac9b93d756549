// Rows: what a query answers with, whichever engine ran it.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/model/value.h"

namespace obs::store {

enum class ColumnType : std::uint8_t {
  kText,
  kBool,
  kInt,  // Values are kInt, or kString when they do not fit int64.
  kDouble,
  kTimestamp,  // kInt: nanoseconds since the epoch.
  kJson,       // kString: JSON in the record spelling.
  kList,       // kArray.
};

struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
};

// A stream of rows. One thread at a time; interrupt() any thread.
class RowStream {
 public:
  virtual ~RowStream() = default;
  virtual const std::vector<Column>& columns() const = 0;
  // Moves to the next row: true, with `row` holding one Value a column (kEmpty for NULL), valid
  // until the next call; false when there is none. kLimitExceeded: out of time or memory.
  virtual Result<bool> next(std::span<const model::Value>& row) = 0;
};

}  // namespace obs::store
