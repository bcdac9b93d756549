#include "tests/fuzz/exposition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  obs::fuzz::check_exposition(obs::codec::ExpositionFormat::kOpenMetrics,
                              obs::fuzz::as_text(data, size));
  return 0;
}
