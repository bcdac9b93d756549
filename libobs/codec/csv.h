// CSV, RFC 4180: records of fields, quoted where they must be, lines ended by CRLF or LF.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::codec {

// Takes the next record off the front of `text`, which is all there is; a quoted field may hold
// newlines. Fields are unquoted into `fields`. False at the end. Fails, with `text` where it was,
// on a quoted field that does not end, and on text behind a closing quote. Blank lines are skipped.
Result<bool, ParseError> next_csv_record(std::string_view& text, std::vector<std::string>& fields,
                                         char separator = ',');

// Appends one field, in quotes when it holds a separator, a quote, a newline, or space at an end.
void append_csv_field(std::string& out, std::string_view field, char separator = ',');

// The record as an object of JSON, one member for each name of the header. Fields that are JSON
// numbers, true or false are that; empty ones are left out; those beyond the header are called
// column4 and so on.
void append_csv_object(std::string& out, const std::vector<std::string>& header,
                       const std::vector<std::string>& fields);

}  // namespace obs::codec
