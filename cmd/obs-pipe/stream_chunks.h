// Chunks of a pipe, a terminal, a compressed file, or anything else that can only be read on.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/obs-pipe/byte_source.h"
#include "cmd/obs-pipe/file_chunks.h"

namespace obs::pipe {

// How an input that begins so is compressed, if it is.
std::optional<codec::Compression> find_compression(std::string_view begin);

// Takes what is there: a line goes on its way as soon as it is whole, and a fast writer's lines go
// by the hundred kilobytes. A stream that begins like gzip or zstd is inflated as it comes. Lines
// that were whole before an error come out before it.
class StreamChunks final : public Chunks {
 public:
  StreamChunks(std::string name, Descriptor fd, std::size_t max_line,
               std::shared_ptr<StopFlag> stop);

  Result<bool> claim(lang::Chunk& chunk) override;
  bool is_ahead() const override { return source_->is_ahead(); }

 private:
  Result<void> begin();
  Result<bool> read_lines(lang::Chunk& chunk);
  bool hand_on(lang::Chunk& chunk, char* data, std::size_t whole, std::size_t size);

  std::unique_ptr<ByteSource> source_;
  std::size_t max_line_;
  std::shared_ptr<StopFlag> stop_;
  std::string rest_;  // The beginning of a line whose end has not come.
  bool begun_ = false;
  bool ended_ = false;
  bool skips_ = false;          // Inside of a line that is too long, and was handed on already.
  std::optional<Error> error_;  // What ended the input, once the lines before it were handed on.
};

}  // namespace obs::pipe
