// Batches of random records that use every field and every extreme, for properties that hold for
// all batches: decode(encode(x)) == x.

#pragma once

#include <cstddef>
#include <cstdint>

#include "libobs/model/batch.h"

namespace obs::test {

// The same seed makes the same batch, everywhere. It is one that an OTLP decoder could have made:
// records lie in the order of their scopes, and points in that of their metrics; no two resources,
// scopes or metrics are the same. `records` is about how many there are; metrics may have none.
model::Batch random_batch(model::Signal signal, std::uint64_t seed, std::size_t records);

// The time at which such a batch was received.
inline constexpr Timestamp kRandomBatchReceived = 1'763'806'530'123'456'789;

}  // namespace obs::test
