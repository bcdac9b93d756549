#include "tests/fuzz/remote_write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  obs::fuzz::check_remote_write(obs::codec::RemoteWriteVersion::kV1,
                                obs::fuzz::as_text(data, size));
  return 0;
}
