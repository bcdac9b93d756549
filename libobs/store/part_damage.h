// Is a part what was written? Told from the file alone and what the catalog knows of it: its size
// and the checksums of its blocks. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/fs.h"
#include "libobs/store/part.h"

namespace obs::store {

// Checksums are of blocks of so many bytes: small enough to say where the damage is, and 8 bytes of
// catalog for each.
inline constexpr std::size_t kHashedBlock = std::size_t{256} << 10;

// XXH3-64 of each block of a file, little-endian, one after the other.
std::string hash_blocks(std::string_view file);

inline constexpr std::string_view kPartMissing = "is missing";

struct PartDamage {
  std::string path;          // Relative to the store.
  std::uint64_t offset = 0;  // Of the first byte, or block, that is not what it was.
  std::string reason;        // "is 812 bytes long, not 1024"

  // "part logs/…/x.parquet: is 812 bytes long, not 1024 (at offset 812)"
  std::string sentence() const;
};

// Looks at size and both ends, which costs microseconds. nullopt: nothing is wrong, or the file
// cannot be looked at for a reason of ours (no descriptors, no permission).
std::optional<PartDamage> find_misshape(Fs& fs, const std::string& dir, const Part& part);

// Reads all of it too. `block_hashes` may be empty, when the whole file's checksum decides, and the
// offset is 0; without either only the shape does.
std::optional<PartDamage> find_damage(Fs& fs, const std::string& dir, const Part& part,
                                      std::string_view block_hashes);

}  // namespace obs::store
