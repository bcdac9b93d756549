#include "libobs/store/wal_log.h"

#include <string>

#include <catch2/catch.hpp>

#include "libobs/base/fault_fs.h"
#include "libobs/store/store_files.h"
#include "libobs/store/wal_segments.h"
#include "tests/unit/base/temporary_dir.h"

namespace obs::store {
namespace {

// A log, and what it acknowledged.
struct Fixture {
  TemporaryDir dir;
  FaultFs fs{system_fs()};
  WalLog log{fs, dir.path(), 1, 0, 0};
  std::vector<std::uint64_t> acknowledged;
  std::uint64_t next_seq = 1;

  Fixture() { REQUIRE(fs.make_dirs(dir / "wal")); }

  // A group of one frame, whose sequence number tells it.
  bool append() {
    std::string frames;
    const std::uint64_t seq = next_seq++;
    append_frame(frames, {seq, 1, 0, 0, 0, log.offset()},
                 [&](std::string& out) { out += "batch " + std::to_string(seq); });
    const bool done = log.append(frames).has_value();
    if (done) acknowledged.push_back(seq);
    return done;
  }

  std::vector<std::uint64_t> read() {
    std::vector<std::uint64_t> seqs;
    const auto segments = map_segments(fs, dir.path(), 0);
    REQUIRE(segments);
    for (const WalSegment& segment : *segments) {
      const SegmentScan scan = scan_segment(segment.bytes(), segment.known_size);
      CHECK(scan.damage.empty());
      for (const Frame& frame : scan.frames) seqs.push_back(frame.info.first_seq);
    }
    return seqs;
  }
};

}  // namespace

TEST_CASE("a log makes no file before there is something to write", "[store][wal]") {
  Fixture wal;
  CHECK(wal.fs.list(wal.dir / "wal")->empty());
  REQUIRE(wal.append());
  CHECK(wal.fs.exists(wal.dir / segment_path(1)));
}

TEST_CASE("after a sealed segment comes another, which tells the size of the one before",
          "[store][wal]") {
  Fixture wal;
  REQUIRE(wal.append());
  REQUIRE(wal.append());
  wal.log.seal();
  REQUIRE(wal.append());
  const auto segments = map_segments(wal.fs, wal.dir.path(), 0);
  REQUIRE(segments->size() == 2);
  CHECK(segments->at(0).known_size == segments->at(0).bytes().size());
  CHECK_FALSE(segments->at(1).known_size);
  CHECK(wal.read() == wal.acknowledged);
  CHECK(map_segments(wal.fs, wal.dir.path(), 1)->size() == 1);
}

TEST_CASE("whichever call fails, what was acknowledged is read back and nothing else",
          "[store][wal][fault]") {
  for (const FsCall call : {FsCall::kOpen, FsCall::kWrite, FsCall::kSync, FsCall::kSyncDir}) {
    for (std::uint64_t nth = 1; nth <= 8; ++nth) {
      INFO("call " << static_cast<int>(call) << ", number " << nth);
      Fixture wal;
      wal.fs.fail_nth(call, nth);
      for (int i = 0; i < 10; ++i) {
        wal.append();
        if (i == 4) wal.log.seal();
      }
      CHECK(wal.acknowledged.size() >= 9);
      CHECK(wal.read() == wal.acknowledged);
    }
  }
}

TEST_CASE("a power cut takes nothing that was acknowledged", "[store][wal][fault]") {
  for (int groups = 0; groups < 6; ++groups) {
    Fixture wal;
    for (int i = 0; i < groups; ++i) {
      REQUIRE(wal.append());
      if (i == 2) wal.log.seal();
    }
    wal.fs.fail_nth(FsCall::kSync, 1);
    wal.append();
    REQUIRE(wal.fs.power_cut());
    CHECK(wal.read() == wal.acknowledged);
  }
}

TEST_CASE("a full disk refuses, and writing goes on when there is room again",
          "[store][wal][fault]") {
  Fixture wal;
  REQUIRE(wal.append());
  wal.fs.set_room(30);
  CHECK_FALSE(wal.append());
  CHECK_FALSE(wal.append());
  CHECK(wal.log.append({}).error().code == Errc::kUnavailable);
  wal.fs.set_room(1 << 20);
  CHECK(wal.append());
  CHECK(wal.append());
  CHECK(wal.read() == wal.acknowledged);
}

}  // namespace obs::store
