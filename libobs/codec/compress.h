// Compression of request bodies and stored payloads, each with a bound on what comes out.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

// kSnappy is snappy's block format, as Prometheus and Loki send it.
enum class Compression { kNone, kGzip, kDeflate, kZstd, kSnappy };

// The token of Content-Encoding, any case: "", "identity", "gzip", "x-gzip", "deflate", "zstd".
// nullopt for others, "snappy" too: what it means (blocks, frames) depends on the protocol.
std::optional<Compression> parse_compression(std::string_view token);

// Inflates all of `input`: every gzip member and zstd frame in it; "deflate" is zlib's format, or
// raw as some send it. kMalformed: damaged or cut short. kLimitExceeded: more than `limit` bytes
// would come out; no more than that is ever allocated, whatever the input claims.
Result<std::string> decompress(Compression compression, std::string_view input, std::size_t limit);

std::string compress_zstd(std::string_view input, int level = 1);
std::string compress_gzip(std::string_view input);
std::string compress_snappy(std::string_view input);

}  // namespace obs::codec
