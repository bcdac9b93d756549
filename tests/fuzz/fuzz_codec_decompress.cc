// Compressed bodies of every kind.

#include "libobs/base/bytes.h"
#include "libobs/codec/compress.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using enum codec::Compression;
  const std::string_view input = fuzz::as_text(data, size);
  for (const codec::Compression compression : {kNone, kGzip, kDeflate, kZstd}) {
    const auto result = codec::decompress(compression, input, kMiB);
    if (result) {
      check(result->size() <= kMiB, "the limit holds");
    } else {
      const Errc code = result.error().code;
      check(code == Errc::kMalformed || code == Errc::kLimitExceeded, "only input is at fault");
    }
  }
  check(*codec::decompress(kGzip, codec::compress_gzip(input), size) == input, "gzip round trip");
  check(*codec::decompress(kZstd, codec::compress_zstd(input), size) == input, "zstd round trip");
  return 0;
}
