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

// The nearest whole number. Adding a half is exact up to here, and takes no call.
std::int64_t round_off(double number) {
  constexpr double kHalvesAreExact = static_cast<double>(kMaxExact) / 4;
  if (std::abs(number) >= kHalvesAreExact) return std::llrint(number);
  return static_cast<std::int64_t>(number + (number < 0 ? -0.5 : 0.5));
}

// The whole number that, divided by `power`, is `number` to the bit.
std::optional<std::int64_t> to_units(double number, double power) {
  const double scaled = number * power;
  if (!(std::abs(scaled) < static_cast<double>(kMaxExact))) return std::nullopt;
  const std::int64_t units = round_off(scaled);
  if (bits_of(static_cast<double>(units) / power) != bits_of(number)) return std::nullopt;
  return units;
}

// Whether no scale can give the number back. One that is exact with fewer decimals is so with more,
// as long as it is small enough that multiplying by them is off by less than half.
bool is_noise(double number) {
  constexpr double kSmall = static_cast<double>(kMaxExact) / 8 / 1e9;
  return std::abs(number) < kSmall && !to_units(number, kPowers[kMaxScale]);
}

bool has_decimals(double number) { return !std::isnan(number) && !is_minus_zero(number); }

// `units` at `place`, where the column is anyway; as they are where that is too far.
void add_at(std::int64_t place, std::int64_t units, std::optional<double> divisor,
            EncodedNumbers& out) {
  std::int64_t offset = 0;
  const bool fits = !__builtin_sub_overflow(place, units, &offset);
  out.add_units(std::span(&units, 1), fits ? offset : 0, divisor);
}

// What does not run with its neighbours.
void add_alone(const Value& value, std::int64_t place, EncodedNumbers& out) {
  if (value.kind() == ValueKind::kInt) return add_at(place, value.as_int(), std::nullopt, out);
  if (value.kind() != ValueKind::kDouble) return out.add_none();
  const double number = value.as_double();
  if (is_minus_zero(number)) return add_at(place, 0, -1, out);
  if (std::isnan(number)) return add_at(place, std::bit_cast<std::int64_t>(number), 0, out);
  out.add_raw(number);
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
  return divided(units, *stored.divisor);
}

// Units, row by row.
struct NumberEncoder::Rows {
  std::span<const Value> values;
  std::optional<int> scale;  // Of the doubles; nullopt: too many of them have too many decimals.
  std::array<std::int64_t, kScaleRows> units;
  std::array<bool, kScaleRows> runs;  // Has units.

  // The decimals that the doubles have are `least` at least.
  Rows(std::span<const Value> some, int least) : values(some), scale(least) {
    std::size_t noise = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      take(i);
      if (runs[i] || values[i].kind() != ValueKind::kDouble || !scale) continue;
      const double number = values[i].as_double();
      if (!has_decimals(number)) continue;
      if (const auto wanted = scale_of(number, *scale + 1)) {
        scale = wanted;
        for (std::size_t before = 0; before <= i; ++before) take(before);
      } else if (++noise > values.size() / 4) {
        scale = std::nullopt;
        for (std::size_t before = 0; before <= i; ++before) take(before);
      }
    }
  }

 private:
  // The least number of decimals, from `least` on, that gives the number back.
  static std::optional<int> scale_of(double number, int least) {
    if (is_noise(number)) return std::nullopt;
    for (int scale = least; scale <= kMaxScale; ++scale) {
      if (to_units(number, kPowers[scale])) return scale;
    }
    return std::nullopt;
  }

  void take(std::size_t i) {
    runs[i] = false;
    units[i] = 0;
    const Value& value = values[i];
    if (value.kind() == ValueKind::kInt) {
      units[i] = value.as_int();
      runs[i] = units[i] <= kMaxInteger && units[i] >= -kMaxInteger;
    } else if (value.kind() == ValueKind::kDouble && scale) {
      runs[i] = is_minus_zero(value.as_double());
      if (runs[i]) return;
      const auto whole = to_units(value.as_double(), kPowers[*scale]);
      runs[i] = whole.has_value();
      units[i] = whole.value_or(0);
    }
  }
};

void EncodedNumbers::add_units(std::span<const std::int64_t> numbers, std::int64_t offset,
                               std::optional<double> divisor) {
  for (const std::int64_t number : numbers) units.push_back(number + offset);
  const auto rows = static_cast<std::uint32_t>(numbers.size());
  if (!runs.empty() && runs.back().kind == NumberRun::Kind::kUnits &&
      runs.back().offset == offset && runs.back().divisor == divisor) {
    runs.back().rows += rows;
    return;
  }
  runs.push_back({NumberRun::Kind::kUnits, rows, offset, divisor});
}

void EncodedNumbers::add_raw(double number) {
  raw.push_back(number);
  if (!runs.empty() && runs.back().kind == NumberRun::Kind::kRaw) {
    ++runs.back().rows;
  } else {
    runs.push_back({NumberRun::Kind::kRaw, 1, 0, std::nullopt});
  }
}

void EncodedNumbers::add_none() {
  if (!runs.empty() && runs.back().kind == NumberRun::Kind::kNone) {
    ++runs.back().rows;
  } else {
    runs.push_back({NumberRun::Kind::kNone, 1, 0, std::nullopt});
  }
}

void EncodedNumbers::clear() {
  runs.clear();
  units.clear();
  raw.clear();
}

// The steps from row to row, the first of them from the row before.
NumberEncoder::Steps NumberEncoder::find_steps(const Rows& rows) const {
  std::array<std::int64_t, kScaleRows> all;
  std::size_t count = 0;
  bool has_before = runs_;
  std::int64_t before = last_;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    if (!rows.runs[i]) continue;
    if (has_before) all[count++] = rows.units[i] - before;
    has_before = true;
    before = rows.units[i];
  }
  const std::span<const std::int64_t> found(all.data(), count);
  Steps steps;
  if (count >= kFewSteps) {
    double sum = 0;
    std::int64_t largest = 0;
    for (const std::int64_t step : found) {
      sum += static_cast<double>(std::abs(step));
      largest = std::max(largest, std::abs(step));
    }
    const double usual = (sum - static_cast<double>(largest)) / static_cast<double>(count - 1);
    steps.limit = static_cast<std::int64_t>(std::min(kJump * usual + kLeastJump, kNoJump));
  }
  bool any = false;
  for (const std::int64_t step : found) {
    if (std::abs(step) > steps.limit) continue;
    steps.lowest = any ? std::min(steps.lowest, step) : step;
    steps.highest = any ? std::max(steps.highest, step) : step;
    any = true;
  }
  return steps;
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

void NumberEncoder::encode(std::span<const Value> rows, EncodedNumbers& out) {
  while (!rows.empty()) {
    const std::size_t count = std::min(rows.size(), kScaleRows);
    encode_rows(rows.first(count), out);
    rows = rows.subspan(count);
  }
}

void NumberEncoder::encode_rows(std::span<const Value> values, EncodedNumbers& out) {
  const bool is_piece = runs_ && values.size() < kFewRows;
  const Rows rows(values, is_piece ? scale_ : 0);
  if (rows.scale.value_or(0) != scale_) runs_ = false;
  scale_ = rows.scale.value_or(0);
  const Steps steps = find_steps(rows);
  for (std::size_t i = 0; i < values.size();) {
    if (!rows.runs[i]) {
      add_alone(values[i++], last_ + offset_, out);
      continue;
    }
    if (!runs_ || std::abs(rows.units[i] - last_) > steps.limit) begin_run(rows.units[i], steps);
    runs_ = true;
    const std::size_t end = end_of_run(rows, i, steps.limit);
    std::optional<double> divisor;
    if (values[i].kind() == ValueKind::kDouble) {
      divisor = is_minus_zero(values[i].as_double()) ? -kPowers[scale_] : kPowers[scale_];
    }
    out.add_units(std::span(rows.units).subspan(i, end - i), offset_, divisor);
    last_ = rows.units[end - 1];
    i = end;
  }
}

// Where rows from `begin` on no longer share offset and divisor.
std::size_t NumberEncoder::end_of_run(const Rows& rows, std::size_t begin, std::int64_t limit) {
  const auto divides = [&](std::size_t i) {
    const Value& value = rows.values[i];
    if (value.kind() != ValueKind::kDouble) return 0;
    return is_minus_zero(value.as_double()) ? -1 : 1;
  };
  const int like = divides(begin);
  std::size_t end = begin + 1;
  while (end < rows.values.size() && rows.runs[end] && divides(end) == like &&
         std::abs(rows.units[end] - rows.units[end - 1]) <= limit) {
    ++end;
  }
  return end;
}

}  // namespace obs::store
