// Chunks of files that grow: what is there, then what comes, across rotation.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/obs-pipe/file_chunks.h"
#include "cmd/obs-pipe/stream_chunks.h"
#include "libobs/base/clock.h"

namespace obs::pipe {

// A file is found by its path again and again, as `tail -F` does. One that was renamed is read for
// a second more, since its writer may not know yet; then comes what has its name now. One that
// became shorter is read from its beginning. One that is not there is waited for. The beginning of
// a line whose end has not come waits too, unless its file is gone or cut.
class FollowChunks final : public Chunks {
 public:
  // Said once a file: that it is missing, was replaced, was truncated.
  using Warn = std::function<void(const std::string& sentence)>;

  FollowChunks(const std::vector<std::string>& paths, std::size_t max_line,
               std::shared_ptr<StopFlag> stop, Warn warn);

  Result<bool> claim(lang::Chunk& chunk) override;

 private:
  struct File {
    explicit File(std::string name) : path(std::move(name)) {}

    std::string path;
    std::optional<Descriptor> fd;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;
    std::uint64_t lines = 0;   // That were handed on.
    std::string rest;          // The beginning of a line.
    bool skips = false;        // Inside of a line that is too long, and was handed on already.
    bool is_missed = false;    // It was said that it is not there.
    Duration replaced_at = 0;  // When another was first seen in its place; 0: it is the one.
  };

  bool wait() const;
  void find(File& file);
  Result<bool> take(File& file, lang::Chunk& chunk);
  Result<bool> at_end(File& file, lang::Chunk& chunk);
  bool hand_on(File& file, std::size_t size, lang::Chunk& chunk);
  bool leave(File& file, lang::Chunk& chunk);

  std::vector<std::unique_ptr<File>> files_;
  std::size_t max_line_;
  std::shared_ptr<StopFlag> stop_;
  Warn warn_;
  std::size_t next_ = 0;
  bool moved_ = false;  // Something was read since the files were last waited for.
  std::string buffer_ = std::string(kChunkBytes, '\0');
};

}  // namespace obs::pipe
