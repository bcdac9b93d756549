// The bytes of a rollup.

#include <cstring>
#include <optional>

#include "libobs/base/hash.h"
#include "libobs/codec/compress.h"
#include "libobs/store/rollup.h"

namespace obs::store {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeaderSize = 9;
// What a catalog can hold; a rollup within its limits is far smaller.
constexpr std::size_t kMaxInflated = std::size_t{256} << 20;
// What was within limits when it was made is not folded again.
constexpr std::size_t kMaxKeys = std::size_t{1} << 24;

void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

void put_signed(std::string& out, std::int64_t number) {
  put(out, static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
}

void put_text(std::string& out, std::string_view text) {
  put(out, text.size());
  out += text;
}

void put_cell(std::string& out, const RollupCell& cell) {
  put(out, cell.calls);
  put(out, cell.errors);
  put(out, cell.durations.size());
  std::int64_t last = 0;
  for (const auto& [bucket, count] : cell.durations) {
    put_signed(out, bucket - last);
    put(out, count);
    last = bucket;
  }
}

// Reads until something is missing; then all is zero and ok() false.
class Source {
 public:
  explicit Source(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }

  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

RollupCell take_cell(Source& source) {
  RollupCell cell;
  cell.calls = source.number();
  cell.errors = source.number();
  const std::uint64_t buckets = source.number();
  std::int64_t bucket = 0;
  for (std::uint64_t i = 0; i < buckets && source.ok(); ++i) {
    bucket += source.signed_number();
    cell.durations[static_cast<std::int32_t>(bucket)] += source.number();
  }
  return cell;
}

void take_row(Source& source, Rollup& rollup) {
  RollupKey key;
  key.project = source.text();
  for (std::string& label : key.labels) label = source.text();
  const std::uint64_t cells = source.number();
  if (!source.ok()) return;
  Rollup::Minutes& minutes = rollup.at(key);
  std::int64_t minute = 0;
  for (std::uint64_t i = 0; i < cells && source.ok(); ++i) {
    minute += source.signed_number();
    minutes[minute].add(take_cell(source));
  }
}

}  // namespace

std::string encode_rollup(const Rollup& rollup) {
  std::string rows;
  put(rows, rollup.rows().size());
  for (const auto& [key, minutes] : rollup.rows()) {
    put_text(rows, key.project);
    for (const std::string& label : key.labels) put_text(rows, label);
    put(rows, minutes.size());
    std::int64_t last = 0;
    for (const auto& [minute, cell] : minutes) {
      put_signed(rows, minute - last);
      put_cell(rows, cell);
      last = minute;
    }
  }
  const std::string packed = codec::compress_zstd(rows, 3);
  const std::uint64_t checksum = hash64(packed);
  std::string bytes(1, kVersion);
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  return bytes + packed;
}

Result<Rollup, ParseError> decode_rollup(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) {
    return fail(ParseError{Errc::kMalformed, bytes.size(), "a rollup is cut short"});
  }
  if (bytes[0] > kVersion) {
    return fail(ParseError{Errc::kUnsupported, 0, "a rollup of a later version"});
  }
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + 1, sizeof(checksum));
  const std::string_view packed = bytes.substr(kHeaderSize);
  if (hash64(packed) != checksum) {
    return fail(ParseError{Errc::kMalformed, 1, "bad checksum of a rollup"});
  }
  auto rows = codec::decompress(codec::Compression::kZstd, packed, kMaxInflated);
  if (!rows) return fail(ParseError{Errc::kMalformed, kHeaderSize, "a rollup does not inflate"});
  Source source(*rows);
  Rollup rollup(kMaxKeys);
  const std::uint64_t count = source.number();
  for (std::uint64_t i = 0; i < count && source.ok(); ++i) take_row(source, rollup);
  if (!source.ok() || !source.at_end()) {
    return fail(ParseError{Errc::kMalformed, kHeaderSize, "a rollup has other rows than it says"});
  }
  return rollup;
}

}  // namespace obs::store
