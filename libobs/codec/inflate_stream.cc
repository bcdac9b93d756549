#include "libobs/codec/inflate_stream.h"

#include <algorithm>
#include <new>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace obs::codec {
namespace {

// Behind a gzip header, with the largest window there is.
constexpr int kGzipWindowBits = 15 + 16;

Failure<ParseError> damaged(std::size_t offset, std::string_view what) {
  return fail(ParseError{Errc::kMalformed, offset, what});
}

// zlib, since libdeflate wants all of a member at once.
class GzipStream final : public InflateStream {
 public:
  GzipStream() {
    if (inflateInit2(&stream_, kGzipWindowBits) != Z_OK) throw std::bad_alloc();
  }
  ~GzipStream() override { inflateEnd(&stream_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  Result<Step, ParseError> inflate(std::string_view input, std::span<char> output) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const auto step = [&] {
      return Step{input.size() - stream_.avail_in, output.size() - stream_.avail_out};
    };
    do {
      if (is_between_ && stream_.avail_in == 0) break;
      is_between_ = false;
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        inflateReset(&stream_);
        is_between_ = true;
      } else if (status == Z_BUF_ERROR) {
        break;  // Nothing more without more input, or more room.
      } else if (status != Z_OK) {
        if (step().produced > 0) return step();  // The next call says so: the state stays bad.
        return damaged(step().consumed, "gzip data is damaged");
      }
    } while (stream_.avail_out > 0);
    return step();
  }

  bool is_between() const override { return is_between_; }

 private:
  z_stream stream_{};
  bool is_between_ = true;
};

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class ZstdStream final : public InflateStream {
 public:
  ZstdStream() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }

  // Gives it block by block: of a call that fails nothing comes out.
  Result<Step, ParseError> inflate(std::string_view input, std::span<char> output) override {
    ZSTD_inBuffer in{input.data(), 0, 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    while (out.pos < out.size && ZSTD_isError(status_) == 0) {
      const Step before{in.pos, out.pos};
      in.size = std::min(input.size(), in.pos + wanted_);
      status_ = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(status_) != 0) {
        in.pos = before.consumed;
        out.pos = before.produced;
        break;
      }
      if (in.pos == before.consumed && out.pos == before.produced) break;
      is_between_ = status_ == 0;
      wanted_ = is_between_ ? kHeaderBytes : status_;
    }
    if (ZSTD_isError(status_) != 0 && out.pos == 0) return refuse(status_, in.pos);
    return Step{in.pos, out.pos};
  }

  bool is_between() const override { return is_between_; }

 private:
  static Failure<ParseError> refuse(std::size_t status, std::size_t offset) {
    if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge) {
      return fail(ParseError{Errc::kLimitExceeded, offset,
                             "a zstd frame looks further back than 128 MiB; compress it with a "
                             "smaller --long"});
    }
    return damaged(offset, "zstd data is damaged");
  }

  // The magic number and the first byte of the header, which tells the length of the others.
  static constexpr std::size_t kHeaderBytes = 5;

  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  std::size_t wanted_ = kHeaderBytes;  // To the end of a block.
  std::size_t status_ = 0;             // An error stays.
  bool is_between_ = true;
};

}  // namespace

std::unique_ptr<InflateStream> make_inflate_stream(Compression compression) {
  if (compression == Compression::kZstd) return std::make_unique<ZstdStream>();
  return std::make_unique<GzipStream>();
}

}  // namespace obs::codec
