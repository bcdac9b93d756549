// The bytes of a rollup.

#include <cstring>

#include "libobs/base/hash.h"
#include "libobs/base/varint.h"
#include "libobs/codec/compress.h"
#include "libobs/store/rollup.h"
#include "libobs/store/rollup_reader.h"

namespace obs::store {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeaderSize = 9;
// What a catalog can hold; a rollup within its limits is far smaller.
constexpr std::size_t kMaxInflated = std::size_t{256} << 20;
// What was within limits when it was made is not folded again.
constexpr std::size_t kMaxKeys = std::size_t{1} << 24;

// What a stranger wrote may overflow.
std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

void put_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

void put_cell(std::string& out, const RollupCell& cell) {
  append_varint(out, cell.calls);
  append_varint(out, cell.errors);
  append_varint(out, cell.durations.size());
  std::int64_t last = 0;
  for (const auto& [bucket, count] : cell.durations) {
    append_zigzag(out, bucket - last);
    append_varint(out, count);
    last = bucket;
  }
}

}  // namespace

std::string encode_rollup(const Rollup& rollup) {
  std::string rows;
  append_varint(rows, rollup.rows().size());
  for (const auto& [key, minutes] : rollup.rows()) {
    put_text(rows, key.project);
    for (const std::string& label : key.labels) put_text(rows, label);
    append_varint(rows, minutes.size());
    std::int64_t last = 0;
    for (const auto& [minute, cell] : minutes) {
      append_zigzag(rows, minute - last);
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

Result<RollupReader, ParseError> RollupReader::open(std::string_view bytes) {
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
  RollupReader reader;
  reader.rows_ = *std::move(rows);
  reader.keys_ = reader.number();
  return reader;
}

Result<bool, ParseError> RollupReader::next() {
  while (ok_ && cells_left_ == 0) {
    if (keys_begun_ == keys_) return finish();
    begin_key();
  }
  if (ok_) read_cell();
  if (!ok_) return finish();
  return true;
}

Result<bool, ParseError> RollupReader::finish() const {
  if (ok_ && at_ == rows_.size()) return false;
  return fail(ParseError{Errc::kMalformed, kHeaderSize, "a rollup has other rows than it says"});
}

void RollupReader::begin_key() {
  ++keys_begun_;
  take_text(key_.project);
  for (std::string& label : key_.labels) take_text(label);
  cells_left_ = number();
  minute_ = 0;
}

void RollupReader::read_cell() {
  --cells_left_;
  minute_ = wrapping_sum(minute_, signed_number());
  calls_ = number();
  errors_ = number();
  durations_.clear();
  std::int64_t bucket = 0;
  for (std::uint64_t left = number(); left > 0 && ok_; --left) {
    bucket = wrapping_sum(bucket, signed_number());
    durations_.push_back({static_cast<std::int32_t>(bucket), number()});
  }
}

std::uint64_t RollupReader::number() {
  std::string_view rest = std::string_view(rows_).substr(at_);
  std::uint64_t value = 0;
  if (!take_varint(rest, value)) {
    give_up();
    return 0;
  }
  at_ = rows_.size() - rest.size();
  return value;
}

std::int64_t RollupReader::signed_number() { return unzigzag(number()); }

void RollupReader::take_text(std::string& text) {
  const std::uint64_t size = number();
  if (size > rows_.size() - at_) return give_up();
  text.assign(rows_, at_, size);
  at_ += size;
}

void RollupReader::give_up() {
  ok_ = false;
  at_ = rows_.size();
}

Result<Rollup, ParseError> decode_rollup(std::string_view bytes) {
  auto reader = RollupReader::open(bytes);
  if (!reader) return fail(reader.error());
  Rollup rollup(kMaxKeys);
  Rollup::Minutes* minutes = nullptr;
  std::uint64_t key = 0;
  for (;;) {
    const auto more = reader->next();
    if (!more) return fail(more.error());
    if (!*more) return rollup;
    if (minutes == nullptr || key != reader->keys_begun()) minutes = &rollup.at(reader->key());
    key = reader->keys_begun();
    RollupCell cell;
    cell.calls = reader->calls();
    cell.errors = reader->errors();
    for (const auto& [bucket, calls] : reader->durations()) cell.durations[bucket] += calls;
    (*minutes)[reader->minute()].add(cell);
  }
}

}  // namespace obs::store
