// A row of a store's table as the line of obs-record(5) it came from. Together with obs-store(5)'s
// columns this is a bijection: what `obs-store --from -` makes of the line is the row again, but
// for its sequence number.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/rows.h"

namespace obs::query {

// The columns that a line is made of, in the order a RecordLine wants its rows.
std::span<const std::string_view> record_columns(model::Signal signal);

// Appends one line with its newline. `row` has the columns of record_columns(signal).
void append_record_line(std::string& out, model::Signal signal, std::span<const model::Value> row);

}  // namespace obs::query
