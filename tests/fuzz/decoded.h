// For fuzz targets of formats that are decoded into one batch.

#pragma once

#include <string>
#include <string_view>

#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "tests/fuzz/check.h"

namespace obs::fuzz {

// What holds of whatever `body` was decoded to.
inline void check_decoded(std::string_view body,
                          const Result<codec::Decoded, ParseError>& decoded) {
  if (!decoded) return check(decoded.error().offset <= body.size(), "an error lies in the body");
  check(decoded->batch.size() + decoded->rejected.count == decoded->total, "the count closes");
  std::string lines;
  codec::append_ndjson(lines, decoded->batch);
}

// The first byte says which of the two encodings the rest is in.
template <class Json, class Protobuf>
int decode_either(const std::uint8_t* data, std::size_t size, Json decode_json,
                  Protobuf decode_protobuf) {
  if (size == 0) return 0;
  const std::string_view body = as_text(data + 1, size - 1);
  check_decoded(body,
                data[0] % 2 == 0 ? decode_json(body, 1) : decode_protobuf(std::string(body), 1));
  return 0;
}

}  // namespace obs::fuzz
