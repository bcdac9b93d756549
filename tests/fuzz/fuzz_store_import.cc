// Files of telemetry, or of anything: their kind, their requests, and whose they are.

#include "libobs/store/import.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content = fuzz::as_text(data, size);
  (void)store::detect_compression(content);
  (void)store::guess_signal(content);
  const store::FileKind kind = store::detect_kind(content);
  if (kind == store::FileKind::kOtlpJson) {
    check(store::find_otlp_json(content).has_value(), "what is OTLP says of which signal");
  }
  std::size_t bytes = 0;
  const auto done = store::split_otlp_protobuf(content, [&](std::string request) -> Result<void> {
    bytes += request.size();
    return bytes < (std::size_t{64} << 20) ? Result<void>() : fail(Errc::kLimitExceeded, "enough");
  });
  if (kind == store::FileKind::kOtlpProtobuf && !done) {
    check(done.error().code != Errc::kInternal, "no input is a bug of ours");
  }
  return 0;
}
