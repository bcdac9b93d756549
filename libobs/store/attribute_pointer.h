// An attribute's place in the JSON of a column, as a JSON pointer (RFC 6901): unlike DuckDB's
// paths, it can spell every key. Pure.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace obs::store {

// "/http.route". A key that begins with `$` is stored with two, see obs-record(5).
std::string to_pointer(std::string_view key);

// The key that to_pointer() makes this pointer of; nullopt when there is none.
std::optional<std::string> parse_pointer(std::string_view pointer);

// Whether no writer of JSON has reason to write the text otherwise than it is: then JSON that has
// it as a key or a value contains it.
bool is_verbatim_in_json(std::string_view text);

}  // namespace obs::store
