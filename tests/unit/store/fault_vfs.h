// A file system for SQLite that fails on demand: the catalog's share of what FaultFs does for the
// rest of a store. While one lives, new connections of this process go through it.

#pragma once

#include <cstdint>

namespace obs::store {

class FaultVfs {
 public:
  enum class Call : std::uint8_t { kWrite, kSync, kRead };

  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // The nth such call from now on (1: the next), and the `times` - 1 after it, fail with this
  // SQLite result code; a failing write has written half.
  void fail_nth(Call call, std::uint64_t nth, int code, std::uint64_t times = 1);
  // Such calls so far.
  std::uint64_t count(Call call) const;
};

}  // namespace obs::store
