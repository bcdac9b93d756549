#include "libobs/codec/compress.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include <brotli/decode.h>
#include <libdeflate.h>
#include <snappy.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "libobs/base/memory_claim.h"
#include "libobs/base/text.h"

namespace obs::codec {
namespace {

// Telemetry shrinks three- to fivefold; where nothing says how large the output is, one try does.
constexpr std::size_t kUsualRatio = 4;
// How far a stranger's word on the size is believed: room is then claimed in proportion to what
// was really sent.
constexpr std::size_t kBelievedRatio = 32;
// A gzip trailer: CRC-32, then the size of the member modulo 2^32, little-endian.
constexpr std::size_t kGzipSizeField = 4;

// On OTLP logs level 1 takes a third of the time of the usual 6, for 7 % more bytes.
constexpr int kGzipLevel = 1;

// A copy of 64 bytes takes three; no snappy block shrinks further than that.
constexpr std::size_t kMostSnappyRatio = 22;

// What became of one member or frame, at the front of the input.
enum class Outcome { kDone, kNoRoom, kDamaged };
struct Step {
  Outcome outcome = Outcome::kDamaged;
  std::size_t consumed = 0;
  std::size_t produced = 0;
};

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const {
    libdeflate_free_decompressor(decompressor);
  }
};
struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};
struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// zstd's contexts are large (150 KiB to read): a new one for each call doubles what a request of
// ten records costs. So each thread that needs one keeps it.
ZSTD_DCtx* zstd_decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  return context.get();
}
ZSTD_CCtx* zstd_compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeZstd> context(ZSTD_createCCtx());
  return context.get();
}

// Telemetry repeats itself in long pieces: only such are looked for, and not from every place. The
// rest of what level 1 finds takes it a quarter to half of its time.
constexpr int kQuickMatch = 7;  // Bytes, the most that zstd knows.
constexpr int kQuickStep = 2;
constexpr int kQuickHashLog = 13;  // A table of 32 KiB, which the nearest cache holds.

ZSTD_CCtx* quick_zstd_compressor() {
  thread_local const auto context = [] {
    std::unique_ptr<ZSTD_CCtx, FreeZstd> made(ZSTD_createCCtx());
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_minMatch, kQuickMatch);
    // Of the fast strategy, which level 1 is, this is the step.
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_targetLength, kQuickStep);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_hashLog, kQuickHashLog);
    return made;
  }();
  return context.get();
}

// One of the three functions of libdeflate that say how much they read. Those that do not, answer
// success after the first gzip member and leave the rest unread.
using InflateFunction = libdeflate_result (*)(libdeflate_decompressor*, const void*, std::size_t,
                                              void*, std::size_t, std::size_t*, std::size_t*);

class Inflate {
 public:
  explicit Inflate(InflateFunction function) : function_(function) {}

  Step operator()(std::string_view input, char* out, std::size_t room) const {
    Step step;
    switch (function_(decompressor_.get(), input.data(), input.size(), out, room, &step.consumed,
                      &step.produced)) {
      case LIBDEFLATE_SUCCESS: step.outcome = Outcome::kDone; break;
      case LIBDEFLATE_INSUFFICIENT_SPACE: step.outcome = Outcome::kNoRoom; break;
      default: step.outcome = Outcome::kDamaged;
    }
    return step;
  }

 private:
  InflateFunction function_;
  std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor_{
      libdeflate_alloc_decompressor()};
};

// The output serves as the window, so that the window a frame asks for is never allocated.
Step unzstd(std::string_view input, char* out, std::size_t room) {
  const std::size_t frame = ZSTD_findFrameCompressedSize(input.data(), input.size());
  if (ZSTD_isError(frame)) return {};
  const std::size_t produced =
      ZSTD_decompressDCtx(zstd_decompressor(), out, room, input.data(), frame);
  if (!ZSTD_isError(produced)) return {Outcome::kDone, frame, produced};
  const bool no_room = ZSTD_getErrorCode(produced) == ZSTD_error_dstSize_tooSmall;
  return {no_room ? Outcome::kNoRoom : Outcome::kDamaged, 0, 0};
}

// What comes out, in room that is claimed before it is taken. Where there is none it is
// kUnavailable; who holds the claim knows whether to come again is of any use.
class Output {
 public:
  Output() = default;
  ~Output() { return_memory(claimed_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // What was there stays at the front; while it moves there are both.
  bool grow(std::size_t size) {
    if (!claim_memory(size)) return false;
    text_.resize(size);
    return_memory(std::exchange(claimed_, size));
    return true;
  }
  char* data() { return text_.data(); }
  std::size_t size() const { return text_.size(); }
  // Its claim is the caller's from now on.
  std::string take(std::size_t size) {
    claimed_ = 0;
    text_.resize(size);
    return std::move(text_);
  }

 private:
  std::string text_;
  std::size_t claimed_ = 0;
};

Failure<Error> no_memory() {
  return fail(Errc::kUnavailable, "there is no memory for what comes out");
}

Failure<Error> too_long(std::size_t limit) {
  return fail(Errc::kLimitExceeded,
              "decompressed size is over the limit of " + std::to_string(limit) + " bytes");
}

// Runs `step` over member after member. When the room does not do it is doubled and the member
// begun anew, so that all the work together is twice the output at most.
template <class StepFunction>
Result<std::string> inflate_all(std::string_view input, std::size_t limit, std::size_t first_room,
                                const StepFunction& step) {
  Output out;
  if (!out.grow(std::min(first_room, limit))) return no_memory();
  std::size_t size = 0;
  do {
    const Step done = step(input, out.data() + size, out.size() - size);
    if (done.outcome == Outcome::kDamaged) {
      return fail(Errc::kMalformed, "compressed data is damaged or cut short");
    }
    if (done.outcome == Outcome::kNoRoom) {
      if (out.size() >= limit) return too_long(limit);
      if (!out.grow(std::min(limit, 2 * out.size() + kKiB))) return no_memory();
      continue;
    }
    input.remove_prefix(done.consumed);
    size += done.produced;
  } while (!input.empty());
  return out.take(size);
}

std::size_t believed(std::uint64_t claimed, std::size_t input) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(claimed, kBelievedRatio * input));
}

std::size_t gzip_first_room(std::string_view input) {
  if (input.size() < kGzipSizeField) return 0;
  std::uint32_t claimed = 0;
  for (std::size_t i = 0; i < kGzipSizeField; ++i) {
    const auto byte = static_cast<unsigned char>(input[input.size() - kGzipSizeField + i]);
    claimed |= std::uint32_t{byte} << (8 * i);
  }
  return believed(claimed, input.size());
}

std::size_t zstd_first_room(std::string_view input) {
  const unsigned long long claimed = ZSTD_getFrameContentSize(input.data(), input.size());
  const bool known = claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed != ZSTD_CONTENTSIZE_ERROR;
  return known ? believed(claimed, input.size()) : kUsualRatio * input.size();
}

Result<std::string> gunzip(std::string_view input, std::size_t limit) {
  return inflate_all(input, limit, gzip_first_room(input), Inflate(libdeflate_gzip_decompress_ex));
}

Result<std::string> inflate(std::string_view input, std::size_t limit) {
  const std::size_t first_room = kUsualRatio * input.size();
  auto zlib = inflate_all(input, limit, first_room, Inflate(libdeflate_zlib_decompress_ex));
  if (zlib || zlib.error().code != Errc::kMalformed) return zlib;
  return inflate_all(input, limit, first_room, Inflate(libdeflate_deflate_decompress_ex));
}

// A stream does not say how long it becomes, so it is read on as there is room for it.
Result<std::string> unbrotli(std::string_view input, std::size_t limit) {
  const std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
  Output out;
  std::size_t size = 0;
  std::size_t left = input.size();
  const auto* next = reinterpret_cast<const std::uint8_t*>(input.data());
  for (;;) {
    // One byte more than may come out tells what is too long from what just fits.
    const std::size_t wanted = std::max(2 * out.size(), kUsualRatio * input.size() + kKiB);
    if (!out.grow(std::min(limit + 1, wanted))) return no_memory();
    std::size_t room = out.size() - size;
    auto* at = reinterpret_cast<std::uint8_t*>(out.data() + size);
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state.get(), &left, &next, &room, &at, nullptr);
    size = out.size() - room;
    if (size > limit) return too_long(limit);
    if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
    if (result != BROTLI_DECODER_RESULT_SUCCESS || left > 0)
      return fail(Errc::kMalformed, "compressed data is damaged or cut short");
    return out.take(size);
  }
}

// The block says first how long it becomes, and is believed as far as its own length allows.
Result<std::string> unsnappy(std::string_view input, std::size_t limit) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(input.data(), input.size(), &size) ||
      size / kMostSnappyRatio > input.size()) {
    return fail(Errc::kMalformed, "snappy block does not begin with a length that it can have");
  }
  if (size > limit) return too_long(limit);
  Output out;
  if (!out.grow(size)) return no_memory();
  if (!snappy::RawUncompress(input.data(), input.size(), out.data())) {
    return fail(Errc::kMalformed, "snappy block is damaged or cut short");
  }
  return out.take(size);
}

// `compress` fills room for the worst case, of which little is used: neither cleared nor kept.
template <class Compress>
std::string compress_into_room(std::string_view input, const Compress& compress) {
  const std::size_t room = ZSTD_compressBound(input.size());
  const std::unique_ptr<char[]> out(new char[room]);
  return std::string(out.get(), compress(out.get(), room));
}

}  // namespace

std::optional<Compression> parse_compression(std::string_view token) {
  static constexpr struct {
    std::string_view token;
    Compression compression;
  } kTokens[] = {
      {"", Compression::kNone},           {"identity", Compression::kNone},
      {"gzip", Compression::kGzip},       {"x-gzip", Compression::kGzip},
      {"deflate", Compression::kDeflate}, {"zstd", Compression::kZstd},
      {"br", Compression::kBrotli},
  };
  for (const auto& known : kTokens) {
    if (equals_ignore_case(token, known.token)) return known.compression;
  }
  return std::nullopt;
}

Result<std::string> decompress(Compression compression, std::string_view input, std::size_t limit) {
  switch (compression) {
    case Compression::kNone:
      if (input.size() > limit) {
        return fail(Errc::kLimitExceeded,
                    "size is over the limit of " + std::to_string(limit) + " bytes");
      }
      return std::string(input);
    case Compression::kGzip: return gunzip(input, limit);
    case Compression::kDeflate: return inflate(input, limit);
    case Compression::kZstd: return inflate_all(input, limit, zstd_first_room(input), unzstd);
    case Compression::kBrotli: return unbrotli(input, limit);
    case Compression::kSnappy: return unsnappy(input, limit);
  }
  return fail(Errc::kInternal, "decompress: no such compression");
}

bool decompress_zstd(std::string_view input, std::span<char> out) {
  return ZSTD_decompressDCtx(zstd_decompressor(), out.data(), out.size(), input.data(),
                             input.size()) == out.size();
}

std::string compress_zstd(std::string_view input, int level) {
  return compress_into_room(input, [&](char* out, std::size_t room) {
    return ZSTD_compressCCtx(zstd_compressor(), out, room, input.data(), input.size(), level);
  });
}

std::string compress_zstd_quickly(std::string_view input) {
  return compress_into_room(input, [&](char* out, std::size_t room) {
    return ZSTD_compress2(quick_zstd_compressor(), out, room, input.data(), input.size());
  });
}

std::string compress_gzip(std::string_view input) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(kGzipLevel));
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), input.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), input.data(), input.size(), out.data(),
                                      out.size()));
  return out;
}

std::string compress_snappy(std::string_view input) {
  std::string out(snappy::MaxCompressedLength(input.size()), '\0');
  std::size_t size = 0;
  snappy::RawCompress(input.data(), input.size(), out.data(), &size);
  out.resize(size);
  return out;
}

}  // namespace obs::codec
