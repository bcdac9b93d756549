#include "libobs/store/wal_format.h"

#include <string>

#include <catch2/catch.hpp>

namespace obs::store {
namespace {

std::string make_header(SegmentHeader header = {7, 6, 1000}) {
  std::string segment;
  append_segment_header(segment, header);
  return segment;
}

// A frame as GroupCommit writes it: `synced` is where its group begins.
void add_frame(std::string& segment, std::uint64_t seq, std::string_view envelope,
               std::uint64_t synced) {
  append_frame(segment, {seq, 2, 1, -5, 99, synced}, [&](std::string& out) { out += envelope; });
}

// Three groups of two frames, each synced before the next was written.
std::string make_segment() {
  std::string segment = make_header();
  for (std::uint64_t group = 0; group < 3; ++group) {
    const std::uint64_t synced = segment.size();
    add_frame(segment, group * 4 + 1, "first of " + std::to_string(group), synced);
    add_frame(segment, group * 4 + 3, "second of " + std::to_string(group), synced);
  }
  return segment;
}

std::vector<std::uint64_t> seqs(const SegmentScan& scan) {
  std::vector<std::uint64_t> list;
  for (const Frame& frame : scan.frames) list.push_back(frame.info.first_seq);
  return list;
}

}  // namespace

TEST_CASE("a segment header reads back, and says when it is none", "[store][wal]") {
  const std::string segment = make_header();
  REQUIRE(segment.size() == kSegmentHeaderSize);
  const auto header = parse_segment_header(segment);
  REQUIRE(header);
  CHECK(header->number == 7);
  CHECK(header->previous == 6);
  CHECK(header->previous_size == 1000);
  for (std::size_t i = 0; i < segment.size(); ++i) {
    INFO(i);
    std::string bad = segment;
    bad[i] = static_cast<char>(bad[i] ^ 0x40);
    CHECK_FALSE(parse_segment_header(bad));
    CHECK_FALSE(parse_segment_header(segment.substr(0, i)));
  }
  std::string later = segment;
  later[6] = 2;
  CHECK(parse_segment_header(later).error().code == Errc::kUnsupported);
}

TEST_CASE("frames read back with what they carry", "[store][wal]") {
  const std::string segment = make_segment();
  const SegmentScan scan = scan_segment(segment, std::nullopt);
  REQUIRE(scan.frames.size() == 6);
  CHECK(seqs(scan) == std::vector<std::uint64_t>{1, 3, 5, 7, 9, 11});
  CHECK(scan.good_size == segment.size());
  CHECK(scan.damage.empty());
  const Frame& frame = scan.frames[3];
  CHECK(frame.envelope == "second of 1");
  CHECK(frame.info.records == 2);
  CHECK(frame.info.signal == 1);
  CHECK(frame.info.min_time == -5);
  CHECK(frame.info.max_time == 99);
  CHECK(frame.info.synced == scan.frames[2].offset);
}

TEST_CASE("a segment cut anywhere keeps the whole frames before the cut, and calls nothing damage",
          "[store][wal]") {
  const std::string segment = make_segment();
  const SegmentScan whole = scan_segment(segment, std::nullopt);
  for (std::size_t cut = kSegmentHeaderSize; cut <= segment.size(); ++cut) {
    const SegmentScan scan = scan_segment(std::string_view(segment).substr(0, cut), std::nullopt);
    CHECK(scan.damage.empty());
    std::size_t fit = 0;
    while (fit < 6 && whole.frames[fit].offset + 56 + whole.frames[fit].envelope.size() <= cut) {
      ++fit;
    }
    CHECK(scan.frames.size() == fit);
    CHECK(scan.good_size <= cut);
  }
}

TEST_CASE("a hole in the last group is its end: none of it was acknowledged", "[store][wal]") {
  std::string segment = make_segment();
  const SegmentScan whole = scan_segment(segment, std::nullopt);
  segment[whole.frames[4].offset + 60] ^= 1;  // The last group's first frame; its second is whole.
  const SegmentScan scan = scan_segment(segment, std::nullopt);
  CHECK(seqs(scan) == std::vector<std::uint64_t>{1, 3, 5, 7});
  CHECK(scan.good_size == whole.frames[4].offset);
  CHECK(scan.damage.empty());
}

TEST_CASE("a hole before a later group is damage, and what is around it is kept", "[store][wal]") {
  const std::string segment = make_segment();
  const SegmentScan whole = scan_segment(segment, std::nullopt);
  for (std::size_t frame = 0; frame < 4; ++frame) {
    INFO(frame);
    const std::uint64_t begin = whole.frames[frame].offset;
    const std::uint64_t end = whole.frames[frame + 1].offset;
    for (const std::uint64_t at : {begin, begin + 5, begin + 20, end - 1}) {
      std::string bad = segment;
      bad[at] ^= 1;
      const SegmentScan scan = scan_segment(bad, std::nullopt);
      CHECK(scan.frames.size() == 5);
      CHECK(scan.good_size == segment.size());
      REQUIRE(scan.damage.size() == 1);
      CHECK(scan.damage[0].offset == begin);
      CHECK(scan.damage[0].length == end - begin);
    }
  }
}

TEST_CASE("below the size that a later segment tells, everything unreadable is damage",
          "[store][wal]") {
  std::string segment = make_segment();
  const SegmentScan whole = scan_segment(segment, std::nullopt);
  const std::uint64_t known = whole.frames[5].offset;
  CHECK(scan_segment(segment, known).frames.size() == 5);  // What is beyond does not count.

  segment[whole.frames[4].offset + 60] ^= 1;
  const SegmentScan scan = scan_segment(segment, known);
  CHECK(scan.frames.size() == 4);
  REQUIRE(scan.damage.size() == 1);
  CHECK(scan.damage[0].offset == whole.frames[4].offset);
  CHECK(scan.damage[0].length == known - whole.frames[4].offset);

  const SegmentScan cut = scan_segment(std::string_view(segment).substr(0, known - 3), known);
  REQUIRE_FALSE(cut.damage.empty());
  CHECK(cut.damage.back().offset + cut.damage.back().length == known);
  CHECK(scan_segment(segment, 0).frames.empty());
  CHECK(scan_segment(segment, 0).damage.empty());
}

TEST_CASE("a scan goes on where the one before ended", "[store][wal]") {
  const std::string segment = make_segment();
  const SegmentScan whole = scan_segment(segment, std::nullopt);
  const auto first =
      scan_segment(std::string_view(segment).substr(0, whole.frames[4].offset + 9), std::nullopt);
  CHECK(first.frames.size() == 4);
  const SegmentScan rest = scan_segment(segment, std::nullopt, first.good_size);
  CHECK(seqs(rest) == std::vector<std::uint64_t>{9, 11});
  CHECK(rest.good_size == segment.size());
}

}  // namespace obs::store
