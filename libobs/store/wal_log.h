// The write-ahead log as its one writer appends to it. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/wal_format.h"

namespace obs::store {

// One thread at a time.
class WalLog {
 public:
  // The next segment will be number `next`; the last one before it that holds something is
  // `last_good`, with `last_size` bytes that count (0, 0: there is none). Touches nothing before
  // the first append.
  WalLog(Fs& fs, std::string dir, std::uint64_t next, std::uint64_t last_good,
         std::uint64_t last_size)
      : fs_(fs), dir_(std::move(dir)), next_(next), last_good_(last_good), last_size_(last_size) {}

  // Where the next group of frames will begin: in this segment, at this offset, with all before it
  // synced. After seal() or a failure that is a new segment.
  std::uint64_t segment() const { return file_ ? number_ : next_; }
  std::uint64_t offset() const { return file_ ? size_ : kSegmentHeaderSize; }

  // Writes and syncs frames made for segment() and offset(). A failure gives the segment up, since
  // nobody knows what of them is on disk: the next group begins another one, which says how much of
  // this one counts.
  Result<void> append(std::string_view frames);

  // Ends the segment, if one is open.
  void seal();

 private:
  Result<void> open_segment();
  Result<void> write(std::string_view frames);
  std::string path(std::uint64_t number) const;

  Fs& fs_;
  std::string dir_;
  std::unique_ptr<File> file_;
  std::uint64_t number_ = 0;  // Of file_.
  std::uint64_t size_ = 0;    // What of it counts.
  std::uint64_t next_;
  std::uint64_t last_good_;  // The last segment before file_ that holds something, and how much.
  std::uint64_t last_size_;
};

// Removes the segments up to `number` from the store's WAL; what cannot be removed now is removed
// another time.
void remove_segments(Fs& fs, const std::string& dir, std::uint64_t number);

}  // namespace obs::store
