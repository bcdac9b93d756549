// For tests: what a decoder made of a request, as lines of obs-record(5).

#pragma once

#include <string>

#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

inline std::string record_lines(const model::Batch& batch) {
  std::string out;
  append_ndjson(out, batch);
  return out;
}

// Lines, then what was refused; or why there is nothing.
inline std::string told(const Result<Decoded, ParseError>& decoded) {
  if (!decoded) return to_error(decoded.error()).message;
  return record_lines(decoded->batch) + decoded->rejected.message(decoded->total);
}

}  // namespace obs::codec
