// Zipkin's spans: the first byte says whether JSON or protobuf.

#include "libobs/codec/zipkin.h"
#include "tests/fuzz/decoded.h"

using namespace obs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::decode_either(data, size, codec::decode_zipkin_json, codec::decode_zipkin_protobuf);
}
