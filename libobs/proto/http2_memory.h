// The memory of one nghttp2 session, which can be put away while its connection is idle.
//
// nghttp2 takes 26 KB a session, of which an idle one fills about 15 KB of pages with 3 KB of what
// is not zero: ten thousand idle connections were 170 MB. All of it lies in one region here, at one
// place for as long as the session lives. sleep() keeps aside what is not zero and gives the pages
// back to the kernel; wake() puts it where it was, so that every pointer holds.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace obs::proto {

// One thread. Not to be moved; outlives its session.
class Http2Memory {
 public:
  Http2Memory();
  ~Http2Memory();
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;

  // What nghttp2_session_server_new3() takes.
  nghttp2_mem* functions() { return &functions_; }

  // Until wake() nobody may touch the session. Does nothing twice.
  void sleep();
  void wake();
  bool is_asleep() const { return asleep_; }

 private:
  // Blocks of up to kSmall bytes are kept for the next of their size; larger ones are made once.
  static constexpr std::size_t kGrain = 16;
  static constexpr std::size_t kSmall = 1024;

  void* allocate(std::size_t size);
  void* allocate_zeroed(std::size_t size);
  void* reallocate(void* block, std::size_t size);
  void release(void* block);
  bool owns(const void* block) const;

  nghttp2_mem functions_{};
  std::byte* region_ = nullptr;  // Null when the kernel gave none: then everything is malloc's.
  std::size_t used_ = 0;
  std::array<void*, kSmall / kGrain + 1> free_{};
  bool asleep_ = false;
  std::vector<std::uint64_t> filled_;  // Asleep: which pieces are not zero, a bit each,
  std::string kept_;                   // and what they are.
};

}  // namespace obs::proto
