// Replay: what a writer finds in the WAL when it opens a store. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/mem_segment.h"
#include "libobs/store/wal_log.h"

namespace obs::store {

// A frame that counts, and that may be in the kernel's memory only.
struct UnsyncedFrame {
  FrameInfo info;
  std::string envelope;
};

struct Replayed {
  std::vector<MemSegmentPtr> segments;  // Those that hold something, in order.
  std::uint64_t next_segment = 1;       // Greater than any there is.
  std::uint64_t last_good = 0;          // The last segment that holds something, 0: none,
  std::uint64_t last_size = 0;          // and how many of its bytes count.
  // The end of the WAL, whose sync nobody saw succeed: its batches are in the last of `segments`,
  // whose number is already that of the segment resume_log() writes them to.
  std::vector<UnsyncedFrame> tail;
  // Sentences that name file and offset of what was acknowledged and cannot be read.
  std::vector<std::string> damage;
};

// Reads the segments after `applied`. One that is damaged is kept below wal/damaged/, beside what
// could be read of it. kUnsupported: written by a later obs; nothing was touched.
Result<Replayed> replay_wal(Fs& fs, const std::string& dir, std::uint64_t applied, Duration now);

// The log, for what comes now. The unsynced tail is written once more, into a segment of its own:
// a sync that failed before the writer died cannot be made good by another, and a batch of it that
// a client sends again is acknowledged as a duplicate. Fails when that cannot be written.
Result<WalLog> resume_log(Fs& fs, const std::string& dir, const Replayed& replayed);

// Decodes a frame. With an owner of its bytes the batch keeps that and points there, else it has
// them copied. kMalformed: it is not what its checksum promises.
Result<SequencedBatch> decode_frame(std::uint64_t first_seq, std::string_view envelope,
                                    std::shared_ptr<const void> owner = nullptr);

}  // namespace obs::store
