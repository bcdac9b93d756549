// The write-ahead log as bytes: segments of frames, one frame a batch. Pure. Internal to
// libobs/store; obs-store(5) documents it. Integers are little-endian.
//
//   segment := header frame*
//
//   header   offset size                         frame   offset size
//                 0    6  "OBSWAL"                            0    4  "OBSF"
//                 6    2  version, 1                          4    4  length of the envelope, n
//                 8    8  number of this segment              8    8  XXH3-64 of all that follows
//                16    8  previous segment that holds        16    8  sequence number of its first
//                record
//                         something, 0: none                 24    4  records
//                24    8  bytes of that one that count       28    1  signal: 0 logs, 1 spans, 2
//                metrics
//                                                            29    3  zero
//                32    8  XXH3-64 of all before              32    8  earliest time of a record,
//                signed
//                                                            40    8  latest
//                                                            48    8  offset below which the
//                                                            segment was
//                                                                     synced when this was written
//                                                            56    n  envelope (codec/envelope.h)
//
// A segment is only ever appended to. Frames are written in groups, each synced before any of its
// batches is acknowledged. When that fails, nothing is taken back: a new segment says how much of
// the old one counts. So a reader that has a segment mapped never loses bytes under its feet.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"

namespace obs::store {

struct SegmentHeader {
  std::uint64_t number = 0;
  std::uint64_t previous = 0;
  std::uint64_t previous_size = 0;
};

struct FrameInfo {
  std::uint64_t first_seq = 0;
  std::uint32_t records = 0;
  std::uint8_t signal = 0;  // model::Signal, of which later versions may have more.
  Timestamp min_time = 0;
  Timestamp max_time = 0;
  std::uint64_t synced = 0;
};

struct Frame {
  FrameInfo info;
  std::uint64_t offset = 0;
  std::string_view envelope;
};

void append_segment_header(std::string& out, const SegmentHeader& header);
inline constexpr std::size_t kSegmentHeaderSize = 40;

// Appends a frame whose envelope `append_envelope(out)` writes in place.
template <class AppendEnvelope>
void append_frame(std::string& out, const FrameInfo& info, AppendEnvelope append_envelope);

// kMalformed: not a segment, or cut short. kUnsupported: of a later version.
Result<SegmentHeader, ParseError> parse_segment_header(std::string_view segment);

// The frame at `offset`, if one is there, whole and undamaged.
std::optional<Frame> find_frame(std::string_view segment, std::uint64_t offset);

// A stretch of a segment that held acknowledged batches and cannot be read.
struct Damage {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct SegmentScan {
  std::vector<Frame> frames;
  std::uint64_t good_size = 0;  // Where the last frame that counts ends.
  // Frames from here on may have been read from the kernel's memory, and on no disk yet.
  std::uint64_t synced = 0;
  std::vector<Damage> damage;
};

// Reads what `segment` holds from byte `from` (a frame's begin or end, or 0) up to `known_size`,
// which the next segment told; nullopt when there is none, and then what is unreadable at the end
// was never acknowledged and is left out silently. Unreadable bytes are damage when they must have
// been synced: because a later frame says so, or because they lie below `known_size`. Views point
// into `segment`.
SegmentScan scan_segment(std::string_view segment, std::optional<std::uint64_t> known_size,
                         std::uint64_t from = 0);

// Inline definitions.

// Closes a frame begun with begin_frame(): fills in its length and checksum.
std::size_t begin_frame(std::string& out, const FrameInfo& info);
void end_frame(std::string& out, std::size_t begin);

template <class AppendEnvelope>
void append_frame(std::string& out, const FrameInfo& info, AppendEnvelope append_envelope) {
  const std::size_t begin = begin_frame(out, info);
  append_envelope(out);
  end_frame(out, begin);
}

}  // namespace obs::store
