// Chunks of one input, and of a regular file.

#pragma once

#include <cstdint>
#include <string>

#include "libobs/base/posix_file.h"
#include "libobs/base/result.h"
#include "libobs/lang/pump.h"

namespace obs::pipe {

// Larger ones fall out of the cache between reading and scanning; smaller ones cost system calls.
inline constexpr std::size_t kChunkBytes = 512 * kKiB;

// One input. claim() is called by one thread at a time, and takes the next piece; fill() reads what
// was claimed, and runs beside others'.
class Chunks {
 public:
  explicit Chunks(std::string name) : name_(std::move(name)) {}
  virtual ~Chunks() = default;
  const std::string& name() const { return name_; }

  virtual Result<bool> claim(lang::Chunk& chunk) = 0;
  virtual Result<void> fill(lang::Chunk&) { return {}; }
  // More waits to be claimed than one thread deals with: another had better help. As long as one
  // keeps up, a second only takes time from whoever writes the input.
  virtual bool is_ahead() const { return true; }

 private:
  std::string name_;
};

// A file is cut at every kChunkBytes; a line belongs to the piece in which it begins. Whoever has
// that piece reads on to the line's end.
class FileChunks final : public Chunks {
 public:
  FileChunks(std::string name, Descriptor fd, std::uint64_t begin, std::uint64_t end,
             std::size_t max_line)
      : Chunks(std::move(name)),
        fd_(std::move(fd)),
        begin_(begin),
        next_(begin),
        end_(end),
        max_line_(max_line) {}

  Result<bool> claim(lang::Chunk& chunk) override;
  Result<void> fill(lang::Chunk& chunk) override;

 private:
  Result<std::size_t> read_at(char* to, std::size_t size, std::uint64_t from) const;
  Result<std::size_t> read_line_end(lang::Chunk& chunk, std::size_t size, std::uint64_t from) const;

  Descriptor fd_;
  std::uint64_t begin_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::size_t max_line_;
};

}  // namespace obs::pipe
