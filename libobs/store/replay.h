// Replay: what a writer finds in the WAL when it opens a store. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/mem_segment.h"

namespace obs::store {

struct Replayed {
  std::vector<MemSegmentPtr> segments;  // Those that hold something, in order.
  std::uint64_t next_segment = 1;       // Greater than any there is.
  std::uint64_t last_good = 0;          // The last segment that holds something, 0: none,
  std::uint64_t last_size = 0;          // and how many of its bytes count.
  // Sentences that name file and offset of what was acknowledged and cannot be read.
  std::vector<std::string> damage;
};

// Reads the segments after `applied`. One that is damaged is kept below wal/damaged/, beside what
// could be read of it. kUnsupported: written by a later obs; nothing was touched.
Result<Replayed> replay_wal(Fs& fs, const std::string& dir, std::uint64_t applied, Duration now);

// Decodes a frame. kMalformed: it is not what its checksum promises.
Result<SequencedBatch> decode_frame(std::uint64_t first_seq, std::string_view envelope);

}  // namespace obs::store
