// What a line of obs-record(5) is made of, member by member, and from which column of a store's
// table. Internal to query/record_line.h.

#pragma once

#include <span>
#include <string_view>

#include "libobs/model/batch.h"

namespace obs::query {

// How a member of the line is made. NULL is always left out.
enum class Make {
  kText,
  kTime,
  kObservedTime,  // Left out where `extra` says that it is not the sender's.
  kNumber,
  kNumberUnlessZero,
  kDouble,
  kDoubleUnlessZero,
  kTrue,            // False is left out.
  kJson,            // {} is left out.
  kList,            // An empty one is left out.
  kSeverityNumber,  // With its name before it.
  kBody,            // JSON where `extra` says so, else text.
  kName,            // A name, or a number that has none; the name of 0 is left out.
  kValueInt,        // Remembered: it wins over the column `value`, which has it as a double.
  kValue,
  kProject,  // Left out when it is the default.
  kExtra,    // No column: a member of the object `extra`.
};

struct RecordMember {
  std::string_view key;  // And the column.
  Make make;
};

// In the order of the line, without "signal".
std::span<const RecordMember> own_members(model::Signal signal);
// What every record ends with.
std::span<const RecordMember> origin_members();

}  // namespace obs::query
