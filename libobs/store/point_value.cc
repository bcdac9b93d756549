#include "libobs/store/point_value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>

namespace obs::store {
namespace {

using model::Value;
using model::ValueKind;

// Nanoseconds as seconds have nine decimals; what needs more is noise, of which a double takes no
// more room than digits would.
constexpr int kMaxScale = 9;
constexpr std::array<double, kMaxScale + 1> kPowers = {1e0, 1e1, 1e2, 1e3, 1e4,
                                                       1e5, 1e6, 1e7, 1e8, 1e9};

// Whole numbers up to here are exact as doubles.
constexpr std::int64_t kMaxExact = std::int64_t{1} << 53;
// Integers up to here run with their neighbours.
constexpr std::int64_t kMaxInteger = std::int64_t{1} << 60;

// Offsets add up; this far from overflow they begin anew.
constexpr std::int64_t kMaxUnits = std::int64_t{1} << 61;
// Of an offset; more would be as wide as a number.
constexpr int kMaxZeros = 40;

// A step so many times as large as others are, and a little, is a counter's reset: a new run costs
// a few bytes, and a wide step its width for each number beside it.
constexpr double kJump = 6;
constexpr double kLeastJump = 64;
constexpr double kNoJump = 4e18;  // Steps are below 2^61.
// Fewer steps say nothing about which of them is large, and fewer rows of a series little about how
// many decimals it has.
constexpr std::size_t kFewSteps = 4;
constexpr std::size_t kFewRows = 32;

std::uint64_t bits_of(double number) { return std::bit_cast<std::uint64_t>(number); }

bool is_minus_zero(double number) { return bits_of(number) == bits_of(-0.0); }

bool is_minus_zero(const Value& value) {
  return value.kind() == ValueKind::kDouble && is_minus_zero(value.as_double());
}

// The whole number that, divided by `power`, is `number` to the bit.
std::optional<std::int64_t> to_units(double number, double power) {
  const double scaled = number * power;
  if (!(std::abs(scaled) < static_cast<double>(kMaxExact))) return std::nullopt;
  const std::int64_t units = std::llrint(scaled);
  if (bits_of(static_cast<double>(units) / power) != bits_of(number)) return std::nullopt;
  return units;
}

// Whether no scale can give the number back. One that is exact with fewer decimals is so with more,
// as long as it is small enough that multiplying by them is off by less than half.
bool is_noise(double number) {
  constexpr double kSmall = static_cast<double>(kMaxExact) / 8 / 1e9;
  return std::abs(number) < kSmall && !to_units(number, kPowers[kMaxScale]);
}

// The decimals that the doubles of a run have, `scale` at least, or none when too many of them have
// too many.
std::optional<int> find_scale(std::span<const Value> rows, int scale) {
  std::size_t noise = 0;
  for (const Value& value : rows) {
    if (value.kind() != ValueKind::kDouble) continue;
    const double number = value.as_double();
    if (std::isnan(number) || is_minus_zero(number)) continue;
    if (to_units(number, kPowers[scale])) continue;
    int wanted = is_noise(number) ? kMaxScale + 1 : scale + 1;
    while (wanted <= kMaxScale && !to_units(number, kPowers[wanted])) ++wanted;
    if (wanted <= kMaxScale) {
      scale = wanted;
    } else if (++noise > rows.size() / 4) {
      return std::nullopt;
    }
  }
  return scale;
}

std::optional<std::int64_t> to_units(const Value& value, std::optional<int> scale) {
  if (value.kind() == ValueKind::kInt) {
    const std::int64_t number = value.as_int();
    if (number > kMaxInteger || number < -kMaxInteger) return std::nullopt;
    return number;
  }
  if (value.kind() != ValueKind::kDouble || !scale) return std::nullopt;
  if (is_minus_zero(value)) return 0;
  return to_units(value.as_double(), kPowers[*scale]);
}

// Stores `units` at `place`, where the column is anyway; as it is where that is too far.
void store_at(std::int64_t place, std::int64_t units, StoredNumber& stored) {
  std::int64_t offset = 0;
  const bool fits = !__builtin_sub_overflow(place, units, &offset);
  stored.units = fits ? place : units;
  stored.offset = fits ? offset : 0;
}

// What does not run with its neighbours.
StoredNumber store_alone(const Value& value, std::int64_t place) {
  StoredNumber stored;
  if (value.kind() == ValueKind::kInt) {
    store_at(place, value.as_int(), stored);
  } else if (is_minus_zero(value)) {
    store_at(place, 0, stored);
    stored.divisor = -1;
  } else if (value.kind() == ValueKind::kDouble && std::isnan(value.as_double())) {
    store_at(place, std::bit_cast<std::int64_t>(value.as_double()), stored);
    stored.divisor = 0;
  } else if (value.kind() == ValueKind::kDouble) {
    stored.raw = value.as_double();
  }
  return stored;
}

// `number` or the next above that is a multiple of 2^bits.
std::int64_t round_up(std::int64_t number, int bits) {
  const std::int64_t mask = (std::int64_t{1} << bits) - 1;
  return (number + mask) & ~mask;
}

}  // namespace

Value to_value(const StoredNumber& stored) {
  if (stored.raw) return Value::number(*stored.raw);
  if (!stored.units) return {};
  const auto units =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(*stored.units) -
                                static_cast<std::uint64_t>(stored.offset.value_or(0)));
  if (!stored.divisor) return Value::integer(units);
  if (*stored.divisor == 0) return Value::number(std::bit_cast<double>(units));
  return Value::number(static_cast<double>(units) / *stored.divisor);
}

// The steps from row to row, the first of them from the row before.
NumberEncoder::Steps NumberEncoder::find_steps(std::span<const Units> units) const {
  double sum = 0;
  double largest = 0;
  std::size_t count = 0;
  each_step(units, [&](std::int64_t step) {
    const auto size = static_cast<double>(std::abs(step));
    sum += size;
    largest = std::max(largest, size);
    ++count;
  });
  Steps steps;
  if (count >= kFewSteps) {
    const double usual = (sum - largest) / static_cast<double>(count - 1);
    steps.limit = static_cast<std::int64_t>(std::min(kJump * usual + kLeastJump, kNoJump));
  }
  bool any = false;
  each_step(units, [&](std::int64_t step) {
    if (std::abs(step) > steps.limit) return;
    steps.lowest = any ? std::min(steps.lowest, step) : step;
    steps.highest = any ? std::max(steps.highest, step) : step;
    any = true;
  });
  return steps;
}

template <class OnStep>
void NumberEncoder::each_step(std::span<const Units> units, OnStep on_step) const {
  std::optional<std::int64_t> before = runs_ ? std::optional(last_) : std::nullopt;
  for (const Units& each : units) {
    if (!each) continue;
    if (before) on_step(*each - *before);
    before = each;
  }
}

// The first number of a run follows the last one of the run before by a step such as the run has
// anyway: and of these by the one that leaves the offset with the most zeros.
void NumberEncoder::begin_run(std::int64_t first, const Steps& steps) {
  const std::int64_t before = last_ + offset_;
  const std::int64_t shifted = std::abs(before) > kMaxUnits ? 0 : before;
  const auto choices = static_cast<std::uint64_t>(steps.highest - steps.lowest) + 1;
  const int bits = std::min(static_cast<int>(std::bit_width(choices)) - 1, kMaxZeros);
  offset_ = round_up(shifted + steps.lowest - first, bits);
}

void NumberEncoder::begin_series() { runs_ = false; }

void NumberEncoder::encode(std::span<const Value> series, std::span<StoredNumber> out) {
  begin_series();
  encode_more(series, out);
}

void NumberEncoder::encode_more(std::span<const Value> rows, std::span<StoredNumber> out) {
  while (!rows.empty()) {
    const std::size_t count = std::min(rows.size(), kScaleRows);
    encode_rows(rows.first(count), out);
    rows = rows.subspan(count);
    out = out.subspan(count);
  }
}

void NumberEncoder::encode_rows(std::span<const Value> rows, std::span<StoredNumber> out) {
  const bool is_piece = runs_ && rows.size() < kFewRows;
  const std::optional<int> scale = find_scale(rows, is_piece ? scale_ : 0);
  if (scale.value_or(0) != scale_) runs_ = false;
  scale_ = scale.value_or(0);
  std::array<Units, kScaleRows> all;
  const std::span<Units> units(all.data(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) units[i] = to_units(rows[i], scale);
  const Steps steps = find_steps(units);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!units[i]) {
      out[i] = store_alone(rows[i], last_ + offset_);
      continue;
    }
    if (!runs_ || std::abs(*units[i] - last_) > steps.limit) begin_run(*units[i], steps);
    runs_ = true;
    last_ = *units[i];
    out[i] = {last_ + offset_, offset_, std::nullopt, std::nullopt};
    if (rows[i].kind() != ValueKind::kDouble) continue;
    out[i].divisor = is_minus_zero(rows[i]) ? -kPowers[scale_] : kPowers[scale_];
  }
}

}  // namespace obs::store
