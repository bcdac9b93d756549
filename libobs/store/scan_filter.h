// What records are asked for, as far as an index can help: which parts and row groups may have
// them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/model/batch.h"

namespace obs::store {

struct AttributeValue {
  std::string key;
  std::string value;  // As text: a string as it is, 42, true.
};

// All of it must hold; what is empty always does. It only prunes: whoever asks checks the rows too.
struct ScanFilter {
  std::optional<Timestamp> since;  // Inclusive.
  std::optional<Timestamp> until;  // Exclusive.
  std::optional<std::string> project;
  std::vector<std::string> services;  // Any of them.
  std::string trace_id;               // Lower-case hex.
  std::vector<std::string>
      phrases;  // Each is in the body of a log, the name of a span (base/tokens.h).
  std::vector<std::string> substrings;     // Likewise, as substrings.
  std::vector<AttributeValue> attributes;  // Each is there.
  std::vector<AttributeValue> resource;
  std::int32_t least_severity = 0;  // Of logs: OTLP's number.

  bool is_empty() const {
    return !since && !until && !project && services.empty() && trace_id.empty() &&
           phrases.empty() && substrings.empty() && attributes.empty() && resource.empty() &&
           least_severity == 0;
  }
};

// What was left out, and why: for people who wonder what makes a query slow.
struct ScanExplanation {
  std::size_t parts = 0;  // Of the signal, in the snapshot.
  std::size_t parts_out_of_time = 0;
  std::size_t parts_by_counts = 0;  // Their minutes, services and severities say no.
  std::size_t parts_by_index = 0;   // No row group is left.
  std::size_t parts_read = 0;
  std::size_t groups = 0;  // Row groups of the parts in time and counts.
  std::size_t groups_read = 0;
  std::size_t without_index =
      0;  // Parts that are read whole, since their index is missing or damaged.

  // "reads 2 of 20 parts and 3 of 49 row groups in them; …"
  std::string to_text() const;
};

}  // namespace obs::store
