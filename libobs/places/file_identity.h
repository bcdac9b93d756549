// What tells a followed file from another: its inode, its first bytes, and what stands before a
// place in it.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "libobs/places/tailed_file.h"

namespace obs::places {

using Inode = std::pair<std::uint64_t, std::uint64_t>;  // Device, number.

inline Inode inode_of(const struct stat& info) { return {info.st_dev, info.st_ino}; }

struct Prefix {
  std::uint64_t size = 0;
  std::uint64_t hash = 0;
  bool compressed = false;  // By gzip, bzip2, xz or zstd.
};

// The first bytes there are, `most` and kPrefixBytes at most.
Prefix read_prefix(int fd, std::uint64_t most = kPrefixBytes);

// Whether both have the same bytes just before `offset`.
bool same_before(int a, int b, std::uint64_t offset);
// Whether these bytes stand just before `offset`.
bool has_before(int fd, std::uint64_t offset, std::string_view bytes);

// The paths that match any of the patterns of glob(7), with {a,b} and ~.
std::vector<std::string> find_files(const std::vector<std::string>& patterns);

}  // namespace obs::places
