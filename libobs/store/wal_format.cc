#include "libobs/store/wal_format.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "libobs/base/hash.h"

namespace obs::store {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

constexpr std::string_view kSegmentMagic = "OBSWAL";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeaderHashed = 32;

constexpr std::string_view kFrameMagic = "OBSF";
constexpr std::size_t kLengthAt = 4;
constexpr std::size_t kHashAt = 8;
constexpr std::size_t kHashedFrom = 16;
constexpr std::size_t kFrameHeaderSize = 56;

template <class T>
void append_number(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

template <class T>
T read_number(std::string_view bytes, std::size_t at) {
  T number;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

// Where the next whole frame after an unreadable byte begins.
std::optional<Frame> find_next_frame(std::string_view segment, std::uint64_t from) {
  for (std::size_t at = segment.find(kFrameMagic, from); at != segment.npos;
       at = segment.find(kFrameMagic, at + 1)) {
    if (auto frame = find_frame(segment, at)) return frame;
  }
  return std::nullopt;
}

// Leaves out what lies behind a hole in the last group: it was not acknowledged either.
void cut_at(SegmentScan& scan, std::uint64_t offset) {
  while (!scan.frames.empty() && scan.frames.back().offset > offset) scan.frames.pop_back();
  scan.good_size = offset;
}

}  // namespace

void append_segment_header(std::string& out, const SegmentHeader& header) {
  const std::size_t begin = out.size();
  out.append(kSegmentMagic);
  append_number(out, kVersion);
  append_number(out, header.number);
  append_number(out, header.previous);
  append_number(out, header.previous_size);
  append_number(out, hash64(std::string_view(out).substr(begin)));
}

Result<SegmentHeader, ParseError> parse_segment_header(std::string_view segment) {
  if (segment.size() < kSegmentHeaderSize) {
    return fail(ParseError{Errc::kMalformed, segment.size(), "segment header is cut short"});
  }
  if (!segment.starts_with(kSegmentMagic)) {
    return fail(ParseError{Errc::kMalformed, 0, "not a WAL segment"});
  }
  if (read_number<std::uint16_t>(segment, kSegmentMagic.size()) > kVersion) {
    return fail(ParseError{Errc::kUnsupported, kSegmentMagic.size(), "segment of a later version"});
  }
  const std::uint64_t hash = hash64(segment.substr(0, kHeaderHashed));
  if (read_number<std::uint64_t>(segment, kHeaderHashed) != hash) {
    return fail(ParseError{Errc::kMalformed, kHeaderHashed, "bad checksum of a segment header"});
  }
  return SegmentHeader{read_number<std::uint64_t>(segment, 8),
                       read_number<std::uint64_t>(segment, 16),
                       read_number<std::uint64_t>(segment, 24)};
}

std::size_t begin_frame(std::string& out, const FrameInfo& info) {
  const std::size_t begin = out.size();
  out.append(kFrameMagic);
  out.append(kHashedFrom - kFrameMagic.size(), '\0');  // Length and hash come last.
  append_number(out, info.first_seq);
  append_number(out, info.records);
  append_number(out, std::uint32_t{info.signal});
  append_number(out, info.min_time);
  append_number(out, info.max_time);
  append_number(out, info.synced);
  return begin;
}

void end_frame(std::string& out, std::size_t begin) {
  const auto length = static_cast<std::uint32_t>(out.size() - begin - kFrameHeaderSize);
  const std::uint64_t hash = hash64(std::string_view(out).substr(begin + kHashedFrom));
  std::memcpy(out.data() + begin + kLengthAt, &length, sizeof(length));
  std::memcpy(out.data() + begin + kHashAt, &hash, sizeof(hash));
}

std::optional<Frame> find_frame(std::string_view segment, std::uint64_t offset) {
  if (offset > segment.size()) return std::nullopt;
  const std::string_view rest = segment.substr(offset);
  if (rest.size() < kFrameHeaderSize || !rest.starts_with(kFrameMagic)) return std::nullopt;
  const std::size_t length = read_number<std::uint32_t>(rest, kLengthAt);
  if (rest.size() - kFrameHeaderSize < length) return std::nullopt;
  const std::string_view frame = rest.substr(0, kFrameHeaderSize + length);
  const auto hash = read_number<std::uint64_t>(frame, kHashAt);
  if (hash64(frame.substr(kHashedFrom)) != hash) return std::nullopt;

  FrameInfo info;
  info.first_seq = read_number<std::uint64_t>(frame, 16);
  info.records = read_number<std::uint32_t>(frame, 24);
  info.signal = read_number<std::uint8_t>(frame, 28);
  info.min_time = read_number<Timestamp>(frame, 32);
  info.max_time = read_number<Timestamp>(frame, 40);
  info.synced = read_number<std::uint64_t>(frame, 48);
  return Frame{info, offset, frame.substr(kFrameHeaderSize)};
}

SegmentScan scan_segment(std::string_view segment, std::optional<std::uint64_t> known_size,
                         std::uint64_t from) {
  if (known_size) segment = segment.substr(0, *known_size);
  SegmentScan scan;
  scan.good_size = std::max<std::uint64_t>(from, kSegmentHeaderSize);
  // Stretches that are unreadable, and only damage if a later frame shows that they were synced.
  std::vector<Damage> suspect;
  std::uint64_t synced = known_size.value_or(0);
  while (scan.good_size < segment.size()) {
    auto frame = find_frame(segment, scan.good_size);
    if (!frame) {
      frame = find_next_frame(segment, scan.good_size + 1);
      const std::uint64_t end = frame ? frame->offset : segment.size();
      suspect.push_back({scan.good_size, end - scan.good_size});
    }
    if (!frame) break;
    synced = std::max(synced, frame->info.synced);
    scan.good_size = frame->offset + kFrameHeaderSize + frame->envelope.size();
    scan.frames.push_back(*frame);
  }
  if (known_size && segment.size() < *known_size) {
    suspect.push_back({segment.size(), *known_size - segment.size()});
  }
  for (const Damage& stretch : suspect) {
    if (stretch.offset >= synced) {
      cut_at(scan, stretch.offset);
      break;
    }
    scan.damage.push_back(stretch);
  }
  scan.synced = synced;
  return scan;
}

}  // namespace obs::store
