// Snappy's framing format, which collectors call "snappy" too, or "x-snappy-framed".
//
//   stream := identifier *chunk              chunk := type length(3 bytes, little-endian) data
//
// A chunk of data begins with the CRC-32C of what it inflates to, masked; it is a block (type 0)
// or plain (type 1), of 64 KiB at most. Identifiers may come again, padding and reserved types from
// 0x80 on are skipped, other types end the stream.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

// Whether it begins as frames do, which no block of telemetry does: as a block these bytes would be
// 895 bytes of which the first are a NUL and a copy from before the beginning.
bool is_snappy_framed(std::string_view input);

// Inflates all of `input`. kMalformed: damaged or cut short. kLimitExceeded: more than `limit`
// bytes would come out. kUnavailable: a MemoryClaim of this thread has no room for it. What comes
// out is added up before any of it is allocated.
Result<std::string> unframe_snappy(std::string_view input, std::size_t limit);

}  // namespace obs::codec
