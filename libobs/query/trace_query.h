// Looking a trace up by its id.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/query/reader.h"
#include "libobs/query/trace_tree.h"

namespace obs::query {

// The full id of the one trace that begins with `prefix`, in hex of either case. kInvalidArgument:
// not hex, too long or too short, or several traces begin so. kNotFound: none does.
Result<std::string> find_trace_id(Reader& reader, std::string_view prefix);

// The spans of a trace, in no order.
Result<std::vector<TraceSpan>> fetch_trace(Reader& reader, std::string_view trace_id);

}  // namespace obs::query
