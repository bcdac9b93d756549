// What the sub-commands of obs-store say: rows on stdout, progress on a terminal.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/model/value.h"
#include "libobs/store/care.h"
#include "libobs/store/rows.h"

namespace obs::store_command {

// Rows for stdout, in the format that was asked for, else a table on a terminal and ndjson in a
// pipe.
Result<void> print_rows(const std::string& format, const std::vector<store::Column>& columns,
                        const std::vector<std::vector<model::Value>>& rows);

// Counts as one row.
Result<void> print_counts(const std::string& format, const store::CareCounts& counts);

// One line on stderr that is written again and again while something long is done, where stderr is
// a terminal; nothing elsewhere. Gone with this object.
class ProgressLine {
 public:
  explicit ProgressLine(std::string verb);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void tell(const store::CareProgress& progress);
  std::function<void(const store::CareProgress&)> teller() {
    return [this](const store::CareProgress& progress) { tell(progress); };
  }

 private:
  const std::string verb_;
  const bool terminal_;
  Duration last_ = 0;
  bool shown_ = false;
};

}  // namespace obs::store_command
