// Chunks of a pipe, a terminal, or anything else that can only be read on.

#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cmd/obs-pipe/file_chunks.h"
#include "cmd/obs-pipe/text_chunks.h"
#include "libobs/codec/compress.h"

namespace obs::pipe {

// What one compressed input may come to, and one that is read whole.
inline constexpr std::size_t kMaxInflated = 4 * kGiB;

// Told once to stop; whoever waits for input wakes.
class StopFlag {
 public:
  StopFlag();
  void stop();
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  int fd() const { return event_.get(); }  // Readable once stopped.

 private:
  std::atomic<bool> stopped_{false};
  Descriptor event_;
};

// Takes what is there: a line goes on its way as soon as it is whole, and a fast writer's lines go
// by the hundred kilobytes. A stream that begins like gzip or zstd is read to its end and inflated.
class StreamChunks final : public Chunks {
 public:
  StreamChunks(std::string name, Descriptor fd, std::size_t max_line,
               std::shared_ptr<StopFlag> stop);

  Result<bool> claim(lang::Chunk& chunk) override;

 private:
  Result<void> begin();
  Result<void> inflate(codec::Compression compression);
  Result<bool> claim_lines(lang::Chunk& chunk);
  Result<std::size_t> read_some(char* to, std::size_t size);
  bool wait();
  bool has_more() const;

  Descriptor fd_;
  std::size_t max_line_;
  std::shared_ptr<StopFlag> stop_;
  std::string rest_;  // The beginning of a line whose end has not come.
  bool begun_ = false;
  std::unique_ptr<TextChunks> inflated_;
  bool ended_ = false;
  bool skips_ = false;  // Inside of a line that is too long, and was handed on already.
};

}  // namespace obs::pipe
