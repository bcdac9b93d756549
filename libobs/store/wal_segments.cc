#include "libobs/store/wal_segments.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

Result<std::vector<std::uint64_t>> list_segments(Fs& fs, const std::string& dir,
                                                 std::uint64_t after) {
  std::vector<std::uint64_t> numbers;
  const std::string wal = join_path(dir, kWalDir);
  if (!fs.exists(wal)) return numbers;
  OBS_TRY(const auto entries, fs.list(wal));
  for (const DirEntry& entry : entries) {
    const std::uint64_t number = parse_segment_name(entry.name);
    if (number > after) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// A segment says how much of an earlier one counts; those between the two count for nothing.
void apply_header(const SegmentHeader& header, std::vector<WalSegment>& earlier) {
  for (WalSegment& segment : earlier) {
    if (segment.number == header.previous) segment.known_size = header.previous_size;
    if (segment.number > header.previous) segment.known_size = 0;
  }
}

}  // namespace

std::string describe_damage(const std::string& path, const Damage& damage) {
  return fmt::format("{}: {} bytes at offset {} cannot be read", path, damage.length,
                     damage.offset);
}

Result<std::vector<WalSegment>> map_segments(Fs& fs, const std::string& dir, std::uint64_t after) {
  OBS_TRY(const auto numbers, list_segments(fs, dir, after));
  std::vector<WalSegment> segments;
  for (const std::uint64_t number : numbers) {
    WalSegment segment;
    segment.number = number;
    segment.path = join_path(dir, segment_path(number));
    auto mapping = fs.map(segment.path);
    if (!mapping) {
      if (mapping.error().code == Errc::kNotFound) continue;
      return fail(std::move(mapping).error().during("read WAL"));
    }
    segment.mapping = *std::move(mapping);
    const auto header = parse_segment_header(segment.bytes());
    if (!header && header.error().code == Errc::kUnsupported) {
      return fail(to_error(header.error()).during("read " + segment.path));
    }
    if (header && header->number == number) segment.header = *header;
    if (segment.header) apply_header(*segment.header, segments);
    segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace obs::store
