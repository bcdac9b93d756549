// One followed file: its bytes as stretches of whole records.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/multiline.h"
#include "libobs/codec/ndjson.h"
#include "libobs/pipeline/ledger.h"

namespace obs::places {

// The first bytes of a file, which tell it from another on the same inode.
inline constexpr std::uint64_t kPrefixBytes = 256;

// Lines, and records that are joined of several, are no longer; what is, is left out and counted.
inline constexpr std::size_t kMaxTailedRecord = std::size_t{1} << 20;

// Whole records of a file, from one offset to another.
struct Stretch {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<model::Batch> batches;  // Without ids. None, when all lines were blank or bad.
};

// Not thread-safe. Owns the descriptor.
class TailedFile {
 public:
  using Emit = std::function<Result<void>(Stretch)>;

  // Reads on from `offset`. The ledger outlives it.
  TailedFile(int fd, std::string path, std::uint64_t offset, const codec::MultilineRule& rule,
             pipeline::Ledger& ledger);
  ~TailedFile();
  TailedFile(const TailedFile&) = delete;
  TailedFile& operator=(const TailedFile&) = delete;

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  void rename(std::string path) { path_ = std::move(path); }
  std::uint64_t offset() const { return position_; }  // Of the next byte to read.

  // The last bytes that were read, up to that offset.
  const std::string& last_bytes() const { return last_bytes_; }

  // Reads a piece of what there is, and emits stretches that are full. Whether anything was read.
  Result<bool> read(const Emit& emit);
  // Emits what has waited long enough for more, at this time of the monotonic clock.
  Result<void> settle(Duration now, const Emit& emit);
  // Emits all that was read, half a line too: no more will come.
  Result<void> end(const Emit& emit);

  // The stretch between two offsets once more, as it was emitted; its batches are none when the
  // file no longer has it.
  static Stretch read_again(int fd, const std::string& path, std::uint64_t from, std::uint64_t to,
                            const codec::MultilineRule& rule, pipeline::Ledger& ledger);

 private:
  Result<void> take(std::string_view bytes, const Emit& emit);
  Result<void> take_line(std::string_view line, std::uint64_t end, const Emit& emit);
  Result<void> end_record(const Emit& emit);
  void add_record(std::string_view text);
  Result<void> emit_stretch(const Emit& emit);
  void add_path(model::Batch& batch) const;

  const int fd_;
  std::string path_;
  pipeline::Ledger& ledger_;
  const bool joins_;
  codec::LineJoiner joiner_;
  codec::NdjsonDecoder decoder_{{.trusted = false, .strict = false}};

  std::uint64_t position_;
  std::string last_bytes_;
  std::string line_;  // The start of a line whose end has not come.
  bool skipping_ = false;
  std::string record_;  // What may go on in the next line; only when joining.
  bool has_record_ = false;
  std::uint64_t record_end_ = 0;
  std::uint64_t from_;  // Of the stretch in the making.
  std::uint64_t to_;
  Timestamp received_ = 0;
  Duration last_read_ = 0;
};

}  // namespace obs::places
