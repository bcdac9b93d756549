#include "libobs/codec/inflate_stream.h"

#include <random>

#include <catch2/catch.hpp>

namespace obs::codec {
namespace {

std::string make_text(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(random() % 1000) + "\n";
  return text;
}

std::string compress(Compression compression, std::string_view text) {
  return compression == Compression::kGzip ? compress_gzip(text) : compress_zstd(text);
}

struct Inflated {
  std::string text;
  std::size_t consumed = 0;
  bool is_between = false;
  std::optional<Errc> error;
  std::size_t error_at = 0;  // In the whole input.
};

Inflated inflate(Compression compression, std::string_view input, std::size_t piece,
                 std::size_t room) {
  const auto stream = make_inflate_stream(compression);
  Inflated out;
  std::string buffer(room, '\0');
  for (;;) {
    const std::string_view next = input.substr(out.consumed, piece);
    const auto step = stream->inflate(next, buffer);
    if (!step) {
      out.error = step.error().code;
      out.error_at = out.consumed + step.error().offset;
      return out;
    }
    out.consumed += step->consumed;
    out.text.append(buffer, 0, step->produced);
    if (step->consumed == 0 && step->produced == 0) break;
  }
  out.is_between = stream->is_between();
  return out;
}

}  // namespace

TEST_CASE("members and frames come out whole at every cut of input and output",
          "[codec][inflate]") {
  const std::string text = make_text(300000);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string input = compress(compression, text) + compress(compression, "") +
                              compress(compression, "the end\n");
    for (const std::size_t piece : {1, 7, 4096, 1 << 20}) {
      for (const std::size_t room : {1, 1000, 1 << 20}) {
        const Inflated out = inflate(compression, input, piece, room);
        CHECK(out.text == text + "the end\n");
        CHECK(out.consumed == input.size());
        CHECK(out.is_between);
      }
    }
  }
}

TEST_CASE("an input that is cut short gives what came before, and is told from a whole one",
          "[codec][inflate]") {
  const std::string text = make_text(1 << 20);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string input = compress(compression, text);
    const Inflated out =
        inflate(compression, std::string_view(input).substr(0, input.size() - 100), 4096, 1 << 16);
    CHECK_FALSE(out.error);
    CHECK_FALSE(out.is_between);
    CHECK(out.text == text.substr(0, out.text.size()));
    CHECK(out.text.size() > text.size() / 2);
  }
}

TEST_CASE("damage is told by its byte, after what came before it", "[codec][inflate]") {
  const std::string text = make_text(1 << 20);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string whole = compress(compression, text);
    const Inflated behind = inflate(compression, whole + "rubbish", 4096, 1 << 16);
    CHECK(behind.text == text);
    CHECK(behind.error == Errc::kMalformed);
    CHECK(behind.error_at >= whole.size());
    CHECK(behind.error_at <= whole.size() + 7);

    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
      std::string damaged = whole;
      damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
      const Inflated out = inflate(compression, damaged, 1 + random() % 5000, 1 << 16);
      CHECK(out.error_at <= damaged.size());
      CHECK(out.text.size() <= 2 * text.size());
    }
  }
}

TEST_CASE("a zstd frame that would look back too far is refused before memory is taken",
          "[codec][inflate]") {
  // Magic; a window descriptor of 2^31; a block that says nothing more comes.
  const std::string frame("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00", 9);
  CHECK(inflate(Compression::kZstd, frame, 100, 100).error == Errc::kLimitExceeded);
}

}  // namespace obs::codec
