// Compression of request bodies and stored payloads, each with a bound on what comes out.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

// kSnappy is snappy's block format, as Prometheus and Loki send it.
enum class Compression { kNone, kGzip, kDeflate, kZstd, kBrotli, kSnappy };

// The token of Content-Encoding, any case: "", "identity", "gzip", "x-gzip", "deflate", "zstd",
// "br". nullopt for others, "snappy" too: what it means (blocks, frames) depends on the protocol.
std::optional<Compression> parse_compression(std::string_view token);

// Inflates all of `input`: every gzip member and zstd frame in it; "deflate" is zlib's format, or
// raw as some send it. kMalformed: damaged or cut short. kLimitExceeded: more than `limit` bytes
// would come out; no more than that is ever allocated, whatever the input claims. kUnavailable: a
// MemoryClaim of this thread has no room for it.
Result<std::string> decompress(Compression compression, std::string_view input, std::size_t limit);

// Inflates one zstd frame that is as long as `out`, for who knows that length. False: it is
// damaged, or of another length; `out` then holds anything.
bool decompress_zstd(std::string_view input, std::span<char> out);

std::string compress_zstd(std::string_view input, int level = 1);
// In half to three quarters of the time of level 1, a sixth larger.
std::string compress_zstd_quickly(std::string_view input);
std::string compress_gzip(std::string_view input);
std::string compress_snappy(std::string_view input);

}  // namespace obs::codec
