// OTLP/JSON, as each of the three signals.

#include "tests/fuzz/otlp_protobuf.h"

namespace {

using namespace obs;
using fuzz::check;

void check_json(model::Signal signal, std::string_view input) {
  auto decoded = codec::decode_otlp_json(signal, input, fuzz::kReceived);
  if (!decoded) {
    check(decoded.error().code != Errc::kInternal, "input causes no internal error");
    check(decoded.error().offset <= input.size(), "the offset lies in the input");
    return;
  }
  const model::Batch& batch = decoded->batch;
  check(batch.size() + decoded->rejected.count == decoded->total, "every record is accounted for");
  const std::string json = codec::encode_otlp_json(batch);
  auto again = codec::decode_otlp_json(signal, json, fuzz::kReceived);
  check(again.has_value(), "encoded JSON is well-formed");
  check(again->rejected.count == 0, "encoded JSON is accepted whole");
  check(codec::encode_otlp_json(again->batch) == json, "encoding JSON is stable");
  check(codec::encode_otlp_protobuf(again->batch) == codec::encode_otlp_protobuf(batch),
        "JSON and protobuf carry the same");
  fuzz::check_encoding(batch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  for (const model::Signal signal : model::kSignals) check_json(signal, input);
  return 0;
}
