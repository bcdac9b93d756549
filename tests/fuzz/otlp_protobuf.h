// What holds for any bytes taken as an OTLP protobuf request.

#pragma once

#include <string>
#include <string_view>

#include "libobs/codec/otlp.h"
#include "libobs/codec/otlp_protobuf.h"
#include "tests/fuzz/check.h"

namespace obs::fuzz {

inline constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

// What we encode can be decoded, whole, and is encoded the same again, once groups have come
// together that only broken text told apart.
inline void check_encoding(const model::Batch& batch) {
  const std::string request = codec::encode_otlp_protobuf(batch);
  auto again = codec::decode_otlp_protobuf(batch.signal, std::string(request), kReceived);
  check(again.has_value(), "an encoded batch is well-formed");
  check(again->batch.size() == batch.size(), "an encoded batch holds all records");
  check(again->batch.wire == request, "an encoded batch needs no repair");
  const std::string joined = codec::encode_otlp_protobuf(again->batch);
  auto last = codec::decode_otlp_protobuf(batch.signal, std::string(joined), kReceived);
  check(last && last->batch.size() == batch.size(), "joined groups hold all records");
  check(codec::encode_otlp_protobuf(last->batch) == joined, "encoding is stable");
}

inline void check_otlp_protobuf(model::Signal signal, std::string_view input) {
  auto decoded = codec::decode_otlp_protobuf(signal, std::string(input), kReceived);
  if (!decoded) {
    check(decoded.error().code != Errc::kInternal, "input causes no internal error");
    check(decoded.error().offset <= input.size(), "the offset lies in the input");
    return;
  }
  const model::Batch& batch = decoded->batch;
  check(batch.size() + decoded->rejected.count == decoded->total, "every record is accounted for");
  check(batch.wire.empty() || batch.wire == input, "the wire bytes are the input");
  check_encoding(batch);

  auto own = codec::decode_own_protobuf(signal, std::string(input), kReceived);
  check(own.has_value(), "what a stranger may send, we may");
  const std::string request = codec::encode_own_protobuf(own->batch);
  auto again = codec::decode_own_protobuf(signal, std::string(request), kReceived);
  check(again && again->batch.size() == own->batch.size(), "our own encoding loses nothing");
  check(codec::encode_own_protobuf(again->batch) == request, "our own encoding is stable");
}

}  // namespace obs::fuzz
