// The pump: chunks from a source, through as many lanes as there are threads, out in order.
//
// A thread takes a chunk, runs its lane over it, waits for its turn to push what came out through
// the stages that need order, draws what comes of that, and waits for its turn to write. So no more
// chunks are in memory than there are threads, and what is written does not depend on how many
// there are.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/lang/engine.h"

namespace obs::lang {

// Bytes with room behind them, used again from chunk to chunk.
class ChunkBuffer {
 public:
  ChunkBuffer() = default;
  ~ChunkBuffer();
  ChunkBuffer(const ChunkBuffer&) = delete;
  ChunkBuffer& operator=(const ChunkBuffer&) = delete;

  // Room for at least so many bytes, the first `used` of which keep their contents. Padding for
  // scans is there beyond them.
  char* reserve(std::size_t size, std::size_t used);
  char* data() { return data_; }
  // Gives back the memory of an unusually long line.
  void trim();

 private:
  char* data_ = nullptr;
  std::size_t capacity_ = 0;
};

// Whole lines of one input.
struct Chunk {
  static constexpr std::uint64_t kNoNumber = UINT64_MAX;

  ChunkBuffer buffer;
  std::string_view lines;            // In the buffer.
  std::uint64_t number = kNoNumber;  // Counts up by one from 0.
  std::string_view name;             // Of the file; lives as long as the source.
  bool begins_file = false;
  // How many lines of the file came before, when chunks of several files take turns.
  std::optional<std::uint64_t> lines_before;
  // How many records each line stands for; empty: one. Changed by Lane::run().
  std::vector<std::uint64_t> copies;
  // Ends the run behind these lines: what comes next in the file could not be read as any.
  std::optional<RunError> error;
  // For the source alone: which bytes of the file were claimed.
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
};

class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  // The next chunk, or false at the end. Any thread; several at a time. Chunks of the same number
  // are never given twice, and every number is. On failure the number says which chunk could not be
  // had; kNoNumber: none, all those that were given are whole.
  virtual Result<bool> next(Chunk& chunk) = 0;
  // Makes every next() say false from now on, those that wait too. Any thread.
  virtual void stop() = 0;
};

struct PumpOptions {
  unsigned threads = 1;
  // Takes whole lines. Called in order, by one thread at a time; with none, too, at the end of a
  // chunk of which nothing comes out.
  std::function<Result<void>(std::string_view lines)> write;
  // Makes of the lines of a chunk what is shown of them. Called by several threads at a time, in
  // any order. False: not now; they go to write() as they are.
  std::function<bool(std::string_view lines, std::string& drawn)> draw;
  // Takes what draw() made, in order with write().
  std::function<Result<void>(std::string_view drawn)> write_drawn;
  // For programs that gather rows: told every `repaint_every`, on a thread of its own, what the
  // rows would be if the input were over. Not called any more once the rows themselves are written.
  std::function<void(std::string_view rows)> repaint;
  Duration repaint_every = kSecond / 4;
};

// Runs until the source is at its end, nothing more can come out, or something fails; what was
// gathered is written then, unless it failed. What came out before an error is written. An error of
// the input says file, line and byte.
Result<Counters> pump(const Plan& plan, ChunkSource& source, const PumpOptions& options);

}  // namespace obs::lang
