// The WAL's segments on disk, for whoever reads them: the writer at its start, and every reader.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/wal_format.h"

namespace obs::store {

struct WalSegment {
  std::uint64_t number = 0;
  std::string path;
  std::unique_ptr<Mapping> mapping;
  // How much of it counts, where a later segment says so: nothing, when it was given up before
  // anything in it was acknowledged.
  std::optional<std::uint64_t> known_size;
  std::optional<SegmentHeader> header;  // nullopt when it is not readable.

  std::string_view bytes() const { return as_text(mapping->bytes()); }
};

// "DIR/wal/0000000017.wal: 112 bytes at offset 4088 cannot be read"
std::string describe_damage(const std::string& path, const Damage& damage);

// Maps the segments of the store `dir` whose number is greater than `after`, in order. One that
// vanishes meanwhile was flushed, and is left out.
Result<std::vector<WalSegment>> map_segments(Fs& fs, const std::string& dir, std::uint64_t after);

}  // namespace obs::store
