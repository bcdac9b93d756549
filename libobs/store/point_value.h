// Numbers of points as columns of a part: small whole numbers wherever that is exact, and a plain
// double where it is not. Pure. Internal to libobs/store.
//
// A measured number is mostly a decimal of few digits, and its neighbours in the series are near.
// So a part has, for 12.34 after 12.30, the whole numbers 1234 and 1230, beside the divisor 100;
// and these are shifted, by an offset that stays the same until the series ends or jumps, so that
// the column runs on without a jump from one series to the next. Parquet's delta encoding then
// spends what the steps within series need: a jump would cost its width for each of the numbers
// around it. Offsets and divisors are runs, which cost little.
//
//   value = raw, if that is not NULL                a double of many digits, or infinite
//         = units - offset                          if divisor is NULL: an integer as sent
//         = the double of the bits units - offset   if divisor is 0: any NaN; minus zero once was
//         = (units - offset) / divisor              else; minus zero is 0 / -100
//
// The division gives back every bit: of a whole number below 2^53 by a power of ten up to 10^22 it
// is correctly rounded, and a number is stored so only after it was tried.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "libobs/model/value.h"

namespace obs::store {

struct StoredNumber {
  std::optional<std::int64_t> units;
  std::optional<std::int64_t> offset;
  std::optional<double> divisor;
  std::optional<double> raw;

  friend bool operator==(const StoredNumber&, const StoredNumber&) = default;
};

// Consecutive rows that share all but their units, or that are all raw, or that have no number.
struct NumberRun {
  enum class Kind : std::uint8_t { kUnits, kRaw, kNone };
  Kind kind = Kind::kNone;
  std::uint32_t rows = 0;
  std::int64_t offset = 0;
  std::optional<double> divisor;
};

// Rows, encoded: the runs, and what those of each kind have, one after another.
struct EncodedNumbers {
  std::vector<NumberRun> runs;
  std::vector<std::int64_t> units;
  std::vector<double> raw;

  // Numbers that are shifted by the offset.
  void add_units(std::span<const std::int64_t> numbers, std::int64_t offset,
                 std::optional<double> divisor);
  void add_raw(double number);
  void add_none();
  void clear();
};

// The number as it was: kInt, kDouble, or kNone when every column is NULL. Whatever the columns
// say, some number comes out.
model::Value to_value(const StoredNumber& stored);
// Of units without offset, where there is a divisor.
inline model::Value divided(std::int64_t whole, double divisor) {
  return model::Value::number(divisor == 0 ? std::bit_cast<double>(whole)
                                           : static_cast<double>(whole) / divisor);
}

// Encodes the rows of one part, in their order.
class NumberEncoder {
 public:
  // Rows that share one divisor, at most.
  static constexpr std::size_t kScaleRows = 128;

  // Points of another series come next.
  void begin_series() { runs_ = false; }

  // Appends the next points of the series, by time: kInt, kDouble or kNone.
  void encode(std::span<const model::Value> rows, EncodedNumbers& out);

 private:
  // What rows that are encoded together are without offset.
  struct Rows;
  // Of such rows, the steps that are no jumps.
  struct Steps {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();  // Beyond this it is a jump.
  };

  void encode_rows(std::span<const model::Value> rows, EncodedNumbers& out);
  Steps find_steps(const Rows& rows) const;
  static std::size_t end_of_run(const Rows& rows, std::size_t begin, std::int64_t limit);
  void begin_run(std::int64_t first, const Steps& steps);

  bool runs_ = false;  // The next row may have the same offset.
  int scale_ = 0;
  std::int64_t last_ = 0;  // Units of the row before, and how they were shifted.
  std::int64_t offset_ = 0;
};

}  // namespace obs::store
