#include <libdeflate.h>
#include <zstd.h>
#include <catch2/catch.hpp>

#include "libobs/base/bytes.h"
#include "libobs/codec/compress.h"
#include "tests/unit/codec/test_data.h"

namespace obs::codec {
namespace {

using namespace std::literals;
using enum Compression;

constexpr std::size_t kLimit = kMiB;

enum class Format { kZlib, kRaw };

std::string deflate(Format format, std::string_view input) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string out(input.size() + 1024, '\0');
  const auto compress =
      format == Format::kZlib ? libdeflate_zlib_compress : libdeflate_deflate_compress;
  out.resize(compress(compressor, input.data(), input.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

// A zstd frame as streams write it: without its size.
std::string zstd_stream(std::string_view input) {
  ZSTD_CStream* stream = ZSTD_createCStream();
  std::string out(ZSTD_compressBound(input.size()) + 1024, '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{input.data(), input.size(), 0};
  ZSTD_compressStream2(stream, &to, &from, ZSTD_e_flush);
  ZSTD_compressStream2(stream, &to, &from, ZSTD_e_end);
  ZSTD_freeCStream(stream);
  out.resize(to.pos);
  return out;
}

std::string some_text(std::size_t size) {
  std::string text = read_test_data("otlp/metrics.json");
  while (text.size() < size) text += text;
  text.resize(size);
  return text;
}

std::string compressed(Compression compression, std::string_view input) {
  switch (compression) {
    case kGzip: return compress_gzip(input);
    case kDeflate: return deflate(Format::kZlib, input);
    case kZstd: return compress_zstd(input);
    case kSnappy: return compress_snappy(input);
    case kBrotli:
    case kNone: break;
  }
  return std::string(input);
}

Errc error_of(Compression compression, std::string_view input, std::size_t limit = kLimit) {
  auto result = decompress(compression, input, limit);
  REQUIRE_FALSE(result);
  return result.error().code;
}

TEST_CASE("content encodings are known by their names", "[codec][compress]") {
  CHECK(parse_compression("") == kNone);
  CHECK(parse_compression("identity") == kNone);
  CHECK(parse_compression("gzip") == kGzip);
  CHECK(parse_compression("X-GZip") == kGzip);
  CHECK(parse_compression("Deflate") == kDeflate);
  CHECK(parse_compression("zstd") == kZstd);
  CHECK(parse_compression("br") == kBrotli);
  CHECK_FALSE(parse_compression("snappy"));
  CHECK_FALSE(parse_compression("gzip, gzip"));
}

TEST_CASE("what was compressed comes back, whatever its size", "[codec][compress]") {
  const Compression compression = GENERATE(kNone, kGzip, kDeflate, kZstd);
  const std::size_t size = GENERATE(0, 1, 5, 1000, 65'536, 999'999);
  const std::string text = some_text(size);
  auto result = decompress(compression, compressed(compression, text), kLimit);
  REQUIRE(result);
  CHECK(*result == text);
}

TEST_CASE("what was compressed quickly comes back, a little larger", "[codec][compress]") {
  const std::size_t size = GENERATE(0, 1, 5, 1000, 65'536, 999'999);
  const std::string text = some_text(size);
  const std::string quick = compress_zstd_quickly(text);
  auto result = decompress(kZstd, quick, kLimit);
  REQUIRE(result);
  CHECK(*result == text);
  CHECK(quick.size() <= compress_zstd(text).size() * 5 / 4 + 64);
}

TEST_CASE("what other programs compressed is read", "[codec][compress]") {
  const auto [compression, file] = GENERATE(table<Compression, const char*>({
      {kGzip, "compressed/trace.gz"},
      {kGzip, "compressed/two_members.gz"},
      {kDeflate, "compressed/trace.zlib"},
      {kDeflate, "compressed/trace.raw"},
      {kZstd, "compressed/trace.zst"},
      {kZstd, "compressed/two_frames.zst"},
      {kBrotli, "compressed/trace.br"},
  }));
  CAPTURE(file);
  CHECK(*decompress(compression, read_test_data(file), kLimit) ==
        read_test_data("otlp/trace.json"));
}

TEST_CASE("deflate is zlib's format, or raw as some send it", "[codec][compress]") {
  const std::string text = some_text(20'000);
  CHECK(*decompress(kDeflate, deflate(Format::kZlib, text), kLimit) == text);
  CHECK(*decompress(kDeflate, deflate(Format::kRaw, text), kLimit) == text);
}

TEST_CASE("every gzip member and every zstd frame counts", "[codec][compress]") {
  const Compression compression = GENERATE(kGzip, kZstd);
  const std::string input = compressed(compression, "one ") + compressed(compression, "") +
                            compressed(compression, some_text(50'000)) +
                            compressed(compression, " four");
  CHECK(*decompress(compression, input, kLimit) == "one " + some_text(50'000) + " four");
}

TEST_CASE("zstd frames that do not tell their size, and skippable ones, are read",
          "[codec][compress]") {
  const std::string text = some_text(200'000);
  const std::string skippable = "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz"s;
  CHECK(*decompress(kZstd, skippable + zstd_stream(text) + skippable, kLimit) == text);
}

TEST_CASE("the limit is exact", "[codec][compress]") {
  const Compression compression = GENERATE(kNone, kGzip, kDeflate, kZstd);
  const std::string text = some_text(10'000);
  const std::string input = compressed(compression, text);
  CHECK(*decompress(compression, input, 10'000) == text);
  CHECK(error_of(compression, input, 9'999) == Errc::kLimitExceeded);
  CHECK(error_of(compression, input, 0) == Errc::kLimitExceeded);
}

TEST_CASE("brotli: the limit is exact, a bomb stops at it, and damage is seen at every byte",
          "[codec][compress]") {
  const std::string input = read_test_data("compressed/trace.br");
  const std::size_t size = read_test_data("otlp/trace.json").size();
  CHECK(decompress(kBrotli, input, size)->size() == size);
  CHECK(error_of(kBrotli, input, size - 1) == Errc::kLimitExceeded);
  // Ten million zeros in 27 bytes.
  const std::string bomb =
      "\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x2f\xff\x2c\x31\xf0\x4f\x00\xc4"
      "\x61\x11\x80\x8e\x23\x06"s;
  CHECK(error_of(kBrotli, bomb, 1000) == Errc::kLimitExceeded);
  CHECK(decompress(kBrotli, bomb, 10'000'000)->size() == 10'000'000);
  for (std::size_t cut = 0; cut < input.size(); ++cut)
    CHECK(error_of(kBrotli, input.substr(0, cut)) == Errc::kMalformed);
  CHECK(error_of(kBrotli, input + "x") == Errc::kMalformed);
}

TEST_CASE("the limit holds for all members together", "[codec][compress]") {
  const Compression compression = GENERATE(kGzip, kZstd);
  const std::string member = compressed(compression, some_text(6'000));
  CHECK(error_of(compression, member + member, 11'999) == Errc::kLimitExceeded);
  CHECK(decompress(compression, member + member, 12'000)->size() == 12'000);
}

TEST_CASE("a bomb stops at the limit", "[codec][compress]") {
  const Compression compression = GENERATE(kGzip, kDeflate, kZstd);
  const std::string bomb = compressed(compression, std::string(64 * kMiB, '\0'));
  CHECK(bomb.size() < 128 * kKiB);
  CHECK(error_of(compression, bomb) == Errc::kLimitExceeded);
}

TEST_CASE("a size the input only claims is not allocated", "[codec][compress]") {
  const std::string text = some_text(1'000);
  std::string gzip = compress_gzip(text);
  gzip.replace(gzip.size() - 4, 4, "\xff\xff\xff\xff");
  CHECK(error_of(kGzip, gzip, std::size_t{1} << 60) == Errc::kMalformed);

  // Magic number, a single segment, and a content size of eight bytes: an exbibyte.
  const std::string zstd = "\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x00\x00\x10\x01\x00\x00"s;
  CHECK(error_of(kZstd, zstd, std::size_t{1} << 62) == Errc::kMalformed);
}

TEST_CASE("damaged and cut input is malformed at every byte", "[codec][compress]") {
  const Compression compression = GENERATE(kGzip, kDeflate, kZstd);
  const std::string input = compressed(compression, some_text(2'000));
  for (std::size_t cut = 0; cut < input.size(); ++cut) {
    CHECK(error_of(compression, input.substr(0, cut)) == Errc::kMalformed);
  }
  for (std::size_t at = 0; at < input.size(); ++at) {
    std::string damaged = input;
    damaged[at] = static_cast<char>(~damaged[at]);
    auto result = decompress(compression, damaged, kLimit);
    CHECK((!result || result->size() <= kLimit));  // Not every format has a checksum.
  }
}

TEST_CASE("bytes after the end are malformed", "[codec][compress]") {
  const Compression compression = GENERATE(kGzip, kDeflate, kZstd);
  const std::string input = compressed(compression, "text") + "trailing";
  CHECK(error_of(compression, input) == Errc::kMalformed);
}

TEST_CASE("no input is no gzip member", "[codec][compress]") {
  const Compression compression = GENERATE(kGzip, kDeflate, kZstd);
  CHECK(error_of(compression, "") == Errc::kMalformed);
}

TEST_CASE("a snappy block comes back, and allocates no more than it can hold",
          "[codec][compress]") {
  const std::string text = std::string(100'000, 'x') + "snappy";
  const std::string block = compress_snappy(text);
  const auto inflated = decompress(kSnappy, block, kLimit);
  REQUIRE(inflated);
  CHECK(*inflated == text);
  CHECK(decompress(kSnappy, compress_snappy(""), kLimit)->empty());

  struct Case {
    std::string block;
    Errc code;
  };
  for (const Case& c : {
           Case{"", Errc::kMalformed},
           Case{"0", Errc::kMalformed},
           Case{block.substr(0, block.size() - 1), Errc::kMalformed},
           Case{"\xff" + block.substr(1), Errc::kMalformed},
           Case{"\xff\xff\xff\xff\x0f", Errc::kMalformed},  // Claims 4 GiB.
           Case{compress_snappy(std::string(kLimit + 1, 'x')), Errc::kLimitExceeded},
       }) {
    const auto refused = decompress(kSnappy, c.block, kLimit);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == c.code);
  }
}

}  // namespace
}  // namespace obs::codec
