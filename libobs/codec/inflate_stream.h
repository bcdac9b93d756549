// Inflating gzip and zstd a piece at a time, in memory that does not grow with the input.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/codec/compress.h"

namespace obs::codec {

// A zstd frame says how far back it looks, and that much memory it takes: 8 MiB at most up to level
// 19. 128 MiB is what zstd(1) allows unless told otherwise; frames that want more are refused.
inline constexpr int kMaxZstdWindowLog = 27;

// One stream: gzip members, or zstd frames, one after the other. Not thread-safe.
class InflateStream {
 public:
  struct Step {
    std::size_t consumed = 0;  // Of the input.
    std::size_t produced = 0;  // Of the output.
  };

  virtual ~InflateStream() = default;

  // Goes on where the last call ended, until the input is used up or the output is full. With an
  // output that was filled there may be more to come of no more input. kMalformed: the input is
  // damaged at that offset; kLimitExceeded: it would need too much memory. What came before that
  // was handed out by earlier calls.
  virtual Result<Step, ParseError> inflate(std::string_view input, std::span<char> output) = 0;
  // False in the middle of a member or frame: an input that ends here is cut short.
  virtual bool is_between() const = 0;
};

// kGzip or kZstd.
std::unique_ptr<InflateStream> make_inflate_stream(Compression compression);

}  // namespace obs::codec
