#include "libobs/codec/snappy_frames.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "libobs/codec/compress.h"
#include "tests/unit/codec/test_data.h"

namespace obs::codec {
namespace {

using namespace std::string_literals;

constexpr std::size_t kLimit = 1 << 20;
const std::string kIdentifier = "\xff\x06\x00\x00sNaPpY"s;
const std::string kSum = "\x23\x0c\x3d\x29"s;  // Of "snappy", as other writers have it.

std::string chunk(int type, const std::string& data) {
  const std::size_t size = data.size();
  return std::string{static_cast<char>(type), static_cast<char>(size), static_cast<char>(size >> 8),
                     static_cast<char>(size >> 16)} +
         data;
}
// A stream of these chunks.
std::string frames(std::initializer_list<std::string_view> chunks) {
  std::string stream = kIdentifier;
  for (const std::string_view one : chunks) stream += one;
  return stream;
}

const std::string kPlain = chunk(1, kSum + "snappy");
const std::string kBlock = chunk(0, kSum + compress_snappy("snappy"));

std::string unframe(const std::string& input, std::size_t limit = kLimit) {
  const auto out = unframe_snappy(input, limit);
  return out ? *out : "error: " + out.error().message;
}

}  // namespace

TEST_CASE("frames of snappy are told from a block by their identifier", "[codec][snappy]") {
  CHECK(is_snappy_framed(kIdentifier));
  CHECK_FALSE(is_snappy_framed(kIdentifier.substr(0, 9)));
  CHECK_FALSE(is_snappy_framed(compress_snappy("snappy")));
  CHECK_FALSE(is_snappy_framed(""));
}

TEST_CASE("frames of snappy are inflated one after the other", "[codec][snappy]") {
  CHECK(unframe(kIdentifier).empty());
  CHECK(unframe(frames({kPlain})) == "snappy");
  CHECK(unframe(frames({kBlock})) == "snappy");
  CHECK(unframe(frames({kBlock, chunk(0xfe, "padding"), kIdentifier, chunk(0x80, ""), kPlain})) ==
        "snappysnappy");
}

TEST_CASE("frames of snappy that another program wrote are read", "[codec][snappy]") {
  CHECK(unframe(read_test_data("compressed/trace.sz")) == read_test_data("otlp/trace.json"));
  CHECK(*decompress(Compression::kSnappy, read_test_data("compressed/trace.snappy"), kLimit) ==
        read_test_data("otlp/trace.json"));
}

TEST_CASE("frames of snappy that are damaged are refused at their byte", "[codec][snappy]") {
  struct Case {
    std::string input;
    const char* what;
  };
  const std::string wrong_sum = "\x23\x0c\x3d\x28"s;
  for (const Case& c : {
           Case{frames({"\x01"}), "byte 10: cut short"},
           Case{frames({kPlain, kBlock.substr(0, kBlock.size() - 1)}), "byte 24: cut short"},
           Case{frames({chunk(1, "abc")}), "byte 10: a chunk has no checksum"},
           Case{frames({chunk(1, wrong_sum + "snappy")}), "byte 10: a checksum is wrong"},
           Case{frames({chunk(0, kSum)}),
                "byte 10: a block does not begin with a length that it can have"},
           Case{frames({chunk(0, kSum + "\x06\x14snap")}), "byte 10: a block is damaged"},
           Case{frames({chunk(0, kSum + "\xff\xff\xff\xff\x0f")}),
                "byte 10: a block does not begin with a length that it can have"},
           Case{frames({chunk(0, kSum + compress_snappy(std::string(65537, 'a')))}),
                "byte 10: a chunk is longer than the format allows"},
           Case{frames({chunk(1, kSum + std::string(65537, 'a'))}),
                "byte 10: a chunk is longer than the format allows"},
           Case{frames({chunk(0xff, "sNaPpX")}), "byte 10: an identifier is not snappy's"},
           Case{frames({chunk(0x02, "")}), "byte 10: a chunk is of a type that may not be skipped"},
       }) {
    CAPTURE(c.what);
    CHECK(unframe(c.input) == std::string("error: snappy frames, ") + c.what);
  }
  CHECK(unframe(kPlain) == "error: snappy frames have no identifier");
}

TEST_CASE("frames of snappy do not inflate beyond the limit", "[codec][snappy]") {
  CHECK(unframe(frames({kPlain, kPlain}), 12) == "snappysnappy");
  const auto out = unframe_snappy(frames({kPlain, kPlain}), 11);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == Errc::kLimitExceeded);
}

}  // namespace obs::codec
