// Text of the numbers and dates that DuckDB knows and a Value does not. Pure. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/store/duckdb_api.h"

namespace obs::store {

__extension__ using Int128 = __int128;

Int128 to_int128(duckdb_hugeint value);

// The integer `value` divided by 10^scale: (-1250, 2) is "-12.50".
std::string to_decimal_text(Int128 value, int scale);

// `count` units of `unit` nanoseconds since the epoch; nullopt beyond what Timestamp can hold.
std::optional<Timestamp> to_timestamp(std::int64_t count, std::int64_t unit);

// A point in time too far away for Timestamp, in seconds since the epoch: "9999-12-31T00:00:00Z".
std::string to_far_time_text(std::int64_t seconds);

}  // namespace obs::store
