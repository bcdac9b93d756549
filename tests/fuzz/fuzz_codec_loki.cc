// Loki's pushes: the first byte says whether JSON or protobuf.

#include "libobs/codec/loki.h"
#include "libobs/codec/ndjson.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body = fuzz::as_text(data + 1, size - 1);
  const auto decoded = data[0] % 2 == 0 ? codec::decode_loki_json(body, 1)
                                        : codec::decode_loki_protobuf(std::string(body), 1);
  if (!decoded) {
    check(decoded.error().offset <= body.size(), "an error lies in the body");
    return 0;
  }
  check(decoded->batch.size() + decoded->rejected.count == decoded->total, "the count closes");
  std::string lines;
  codec::append_ndjson(lines, decoded->batch);
  return 0;
}
