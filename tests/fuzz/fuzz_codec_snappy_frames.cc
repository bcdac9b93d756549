// Snappy, in frames and as a block.

#include "libobs/base/bytes.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/snappy_frames.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

namespace {

void check_inflated(const Result<std::string>& result) {
  if (result) return check(result->size() <= kMiB, "the limit holds");
  const Errc code = result.error().code;
  check(code == Errc::kMalformed || code == Errc::kLimitExceeded, "only input is at fault");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  check_inflated(codec::unframe_snappy(input, kMiB));
  check_inflated(codec::decompress(codec::Compression::kSnappy, input, kMiB));
  check(
      *codec::decompress(codec::Compression::kSnappy, codec::compress_snappy(input), size) == input,
      "snappy round trip");
  return 0;
}
