// The lines that a program made, as a query that answers with them: for assertions, which are SQL.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::query {

class PipeAnswer {
 public:
  // More lines are refused: they are held in memory, twice.
  static constexpr std::size_t kMaxLines = 10'000;
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  // Takes whole lines, each a JSON object. kLimitExceeded beyond the bounds.
  Result<void> add(std::string_view lines);

  // A SELECT with a column for each member, in the order in which they first come, and for each of
  // `names` that no line has. A member that is not of one type everywhere is text.
  std::string to_sql(const std::vector<std::string>& names) const;

 private:
  std::vector<std::string> lines_;
  std::size_t bytes_ = 0;
};

}  // namespace obs::query
