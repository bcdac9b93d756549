// Inputs of other formats than ndjson, as chunks of ndjson.

#pragma once

#include <memory>
#include <string_view>

#include "cmd/obs-pipe/file_chunks.h"

namespace obs::pipe {

// Whether a format's records may go over several lines: then the lines of `input` must not be cut.
bool may_span_lines(std::string_view format);

// What `bad` lines (of logfmt) and rows (of csv, with another number of fields than its header)
// become: a record all the same; the end of the input with an error; or a line that is no JSON, for
// the engine to leave out and to count.
enum class BadLines { kKept, kRefused, kSkipped };

// What `input` holds, as lines of JSON objects. `format`:
//   json    documents, one after the other; the items of an array one by one. What is no object is
//           the body of a record. Refused bad lines: one document, and JSON to the letter (RFC
//           8259)
//   csv     with a header
//   logfmt  a line without any pair is a body
//   text    each line is a body
//   otlp    an export request in JSON on each line
//   ndjson  as it is
// A malformed document ends the input with kMalformed, its line and its byte.
std::unique_ptr<Chunks> decode_chunks(std::unique_ptr<Chunks> input, std::string_view format,
                                      BadLines bad);

}  // namespace obs::pipe
