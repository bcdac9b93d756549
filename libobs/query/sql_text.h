// Places in a statement as people count them, and errors that name them.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::query {

// "line 2, column 8" of byte `offset`; columns count characters. Offsets beyond the end are the
// end.
std::string describe_place(std::string_view sql, std::size_t offset);

// "line 2, column 8: no such table", or without the place when it is not known. kInvalidArgument.
Error sql_error(std::string_view sql, std::optional<std::size_t> offset, std::string_view what);

// DuckDB's message about a statement that we rewrote, in the words of the one the user wrote: one
// line, without our names, with the place of the first thing it names that stands in `sql`.
Error explain_sql_error(std::string_view sql, const Error& error);

}  // namespace obs::query
