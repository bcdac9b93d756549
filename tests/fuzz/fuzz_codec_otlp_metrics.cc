#include "tests/fuzz/otlp_protobuf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  obs::fuzz::check_otlp_protobuf(obs::model::Signal::kMetrics, obs::fuzz::as_text(data, size));
  return 0;
}
