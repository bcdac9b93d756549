// One value of a row as text.

#pragma once

#include <string>

#include "libobs/model/value.h"
#include "libobs/store/rows.h"

namespace obs::tui {

// For machines: exact. NULL is nothing, a time is RFC 3339, a list is JSON.
void append_cell_text(std::string& out, store::ColumnType type, const model::Value& value);

// For people: a time to the millisecond.
std::string to_cell_text(store::ColumnType type, const model::Value& value);

// As a value within a line of JSON, in the spelling of obs-record(5): a column of JSON as the JSON
// it is, NULL as null.
void append_cell_json(std::string& out, store::ColumnType type, const model::Value& value);

// True for columns that are aligned to the right.
bool is_numeric(store::ColumnType type);

// A numeric value; NaN when it is NULL or no number.
double to_number(const model::Value& value);

}  // namespace obs::tui
