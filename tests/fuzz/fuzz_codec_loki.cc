// Loki's pushes: the first byte says whether JSON or protobuf.

#include "libobs/codec/loki.h"
#include "tests/fuzz/decoded.h"

using namespace obs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::decode_either(data, size, codec::decode_loki_json, codec::decode_loki_protobuf);
}
