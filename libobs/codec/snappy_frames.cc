#include "libobs/codec/snappy_frames.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <snappy.h>

#include "libobs/base/memory_claim.h"

namespace obs::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kIdentifier = "\xff\x06\x00\x00sNaPpY"sv;
constexpr std::size_t kHeadSize = 4;
constexpr std::size_t kSumSize = 4;
constexpr std::size_t kMostInChunk = 65536;
// A copy of 64 bytes takes three; no block shrinks further than that.
constexpr std::size_t kMostRatio = 22;

enum ChunkType : std::uint8_t {
  kBlock = 0x00,
  kPlain = 0x01,
  kFirstSkipped = 0x80,
  kIdentifierType = 0xff,
};

// Castagnoli's polynomial, reflected.
constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

// Rotated and shifted, as the format wants it: a checksum of bytes that hold checksums is weak.
std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes)
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

std::uint32_t read_number(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    number = (number << 8) | static_cast<std::uint8_t>(bytes[i]);
  }
  return number;
}

bool holds_data(std::uint8_t type) { return type == kBlock || type == kPlain; }

// Goes through the chunks. What is wrong is told by the byte at which its chunk begins.
class Chunks {
 public:
  explicit Chunks(std::string_view input) : input_(input) {}

  // False: that was the last one, or something is wrong.
  bool next() {
    at_ += chunk_;
    if (at_ == input_.size() || !wrong_.empty()) return false;
    const std::string_view left = input_.substr(at_);
    if (left.size() < kHeadSize) return refuse("cut short");
    type_ = static_cast<std::uint8_t>(left.front());
    const std::size_t size = read_number(left.substr(1, kHeadSize - 1));
    if (size > left.size() - kHeadSize) return refuse("cut short");
    data_ = left.substr(kHeadSize, size);
    chunk_ = kHeadSize + size;
    return check();
  }

  bool refuse(std::string_view what) {
    wrong_ = fmt::format("snappy frames, byte {}: {}", at_, what);
    return false;
  }

  // Of the chunk: nothing comes of those that hold no data.
  std::size_t size() const { return size_; }

  bool inflate(char* out) {
    if (!holds_data(type_)) return true;
    const std::string_view data = data_.substr(kSumSize);
    if (type_ == kPlain) {
      data.copy(out, data.size());
    } else if (!snappy::RawUncompress(data.data(), data.size(), out)) {
      return refuse("a block is damaged");
    }
    return masked_crc({out, size_}) == read_number(data_.substr(0, kSumSize)) ||
           refuse("a checksum is wrong");
  }

  const std::string& wrong() const { return wrong_; }

 private:
  bool check() {
    size_ = 0;
    if (type_ == kIdentifierType)
      return data_ == kIdentifier.substr(kHeadSize) || refuse("an identifier is not snappy's");
    if (!holds_data(type_))
      return type_ >= kFirstSkipped || refuse("a chunk is of a type that may not be skipped");
    if (data_.size() < kSumSize) return refuse("a chunk has no checksum");
    const std::string_view data = data_.substr(kSumSize);
    size_ = data.size();
    if (type_ == kBlock && (!snappy::GetUncompressedLength(data.data(), data.size(), &size_) ||
                            size_ / kMostRatio > data.size()))
      return refuse("a block does not begin with a length that it can have");
    return size_ <= kMostInChunk || refuse("a chunk is longer than the format allows");
  }

  const std::string_view input_;
  std::size_t at_ = 0;
  std::size_t chunk_ = 0;
  std::uint8_t type_ = 0;
  std::string_view data_;
  std::size_t size_ = 0;
  std::string wrong_;
};

}  // namespace

bool is_snappy_framed(std::string_view input) { return input.starts_with(kIdentifier); }

Result<std::string> unframe_snappy(std::string_view input, std::size_t limit) {
  if (!is_snappy_framed(input)) return fail(Errc::kMalformed, "snappy frames have no identifier");
  std::size_t whole = 0;
  Chunks measured(input);
  while (measured.next()) whole += measured.size();
  if (!measured.wrong().empty()) return fail(Errc::kMalformed, measured.wrong());
  if (whole > limit)
    return fail(Errc::kLimitExceeded, fmt::format("size is over the limit of {} bytes", limit));
  if (!claim_memory(whole)) return fail(Errc::kUnavailable, "there is no memory to inflate it");
  std::string out(whole, '\0');
  char* at = out.data();
  Chunks chunks(input);
  while (chunks.next() && chunks.inflate(at)) at += chunks.size();
  if (chunks.wrong().empty()) return out;
  return_memory(whole);
  return fail(Errc::kMalformed, chunks.wrong());
}

}  // namespace obs::codec
