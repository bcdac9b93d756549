// Bytes of an input that can only be read on: a pipe, a terminal, and what they hold compressed.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libobs/base/posix_file.h"
#include "libobs/base/result.h"
#include "libobs/codec/inflate_stream.h"

namespace obs::pipe {

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

enum class Wait { kUntilSome, kNever };

// One thread at a time.
class ByteSource {
 public:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  virtual ~ByteSource() = default;
  const std::string& name() const { return name_; }

  // Up to `size` bytes: how many, 0 at the end of the input or when told to stop. nullopt: none are
  // there yet, which is said with kNever only.
  virtual Result<std::optional<std::size_t>> read(char* to, std::size_t size, Wait wait) = 0;
  // There is more than one thread can deal with: others had better help.
  virtual bool is_ahead() const = 0;

 private:
  std::string name_;
};

class FdSource final : public ByteSource {
 public:
  FdSource(std::string name, Descriptor fd, std::shared_ptr<StopFlag> stop);
  Result<std::optional<std::size_t>> read(char* to, std::size_t size, Wait wait) override;
  bool is_ahead() const override;

 private:
  bool wait_for_input(int milliseconds) const;

  Descriptor fd_;
  std::shared_ptr<StopFlag> stop_;
  int ahead_bytes_;
  bool tells_ = true;  // Reading without waiting is something the kernel knows of this file.
};

// What another source holds, inflated. kMalformed at its end names the byte at which it is damaged
// or cut short; what came before that was handed out.
class InflatedSource final : public ByteSource {
 public:
  // `begin`: what was read of the source already.
  InflatedSource(std::unique_ptr<ByteSource> source, codec::Compression compression,
                 std::string begin, std::shared_ptr<StopFlag> stop);
  Result<std::optional<std::size_t>> read(char* to, std::size_t size, Wait wait) override;
  bool is_ahead() const override { return true; }  // To inflate takes longer than most programs.

 private:
  Error refuse(const ParseError& error) const;

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<codec::InflateStream> stream_;
  std::shared_ptr<StopFlag> stop_;
  std::string buffer_;
  std::size_t at_ = 0;  // In the buffer, up to `end_`.
  std::size_t end_;
  std::uint64_t consumed_ = 0;  // Of the source.
};

}  // namespace obs::pipe
