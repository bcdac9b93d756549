// Rows as lines, to compare.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "libobs/store/rows.h"

namespace obs::query {

// Cells joined by '|', text as it is, NULL as ∅.
std::string to_text(std::span<const model::Value> row);

// What is left of a stream; a failure is one line, "error: …".
std::vector<std::string> read_rows(store::RowStream& stream);

}  // namespace obs::query
