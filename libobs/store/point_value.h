// Numbers of points as columns of a part: small whole numbers wherever that is exact, and a plain
// double where it is not. Pure. Internal to libobs/store.
//
// A measured number is mostly a decimal of few digits, and its neighbours in the series are near.
// So a part has, for 12.34 after 12.30, the whole numbers 1234 and 1230, beside the divisor 100;
// and these are shifted, by an offset that stays the same for up to kRunRows rows of one series, so
// that the column runs on without a jump from one series to the next. Parquet's delta encoding then
// spends what the steps within series need: a jump would cost its width for each of the 256 numbers
// around it. Offsets and divisors are runs, which cost next to nothing.
//
//   value = raw, if that is not NULL                a double of many digits, or infinite
//         = units - offset                          if divisor is NULL: an integer as sent
//         = the double of the bits units - offset   if divisor is 0: minus zero, any NaN
//         = (units - offset) / divisor              else
//
// The division gives back every bit: of a whole number below 2^53 by a power of ten up to 10^22 it
// is correctly rounded, and a number is stored so only after it was tried.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "libobs/model/value.h"

namespace obs::store {

struct StoredNumber {
  std::optional<std::int64_t> units;
  std::optional<std::int64_t> offset;
  std::optional<double> divisor;
  std::optional<double> raw;

  friend bool operator==(const StoredNumber&, const StoredNumber&) = default;
};

// The number as it was: kInt, kDouble, or kNone when every column is NULL. Whatever the columns
// say, some number comes out.
model::Value to_value(const StoredNumber& stored);

// Encodes the rows of one part, in their order.
class NumberEncoder {
 public:
  // Rows that share one offset and divisor, at most.
  static constexpr std::size_t kRunRows = 128;

  // The next points of one series, by time: kInt, kDouble or kNone. `out` is as long.
  void encode(std::span<const model::Value> series, std::span<StoredNumber> out);

 private:
  std::size_t encode_run(std::span<const model::Value> rows, std::span<StoredNumber> out);

  std::int64_t last_units_ = 0;
};

}  // namespace obs::store
