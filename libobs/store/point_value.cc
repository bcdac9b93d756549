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

// Offsets add up; this far from overflow they begin anew.
constexpr std::int64_t kMaxUnits = std::int64_t{1} << 61;

// Runs begin at least so far above the end of the one before. DuckDB would write a column of few
// distinct numbers as a dictionary, with wider indexes than the steps are.
constexpr std::int64_t kMinRise = 32;

// A step so many times larger than the ones before it is a counter's reset: it ends the run.
constexpr std::int64_t kJump = 16;
constexpr std::size_t kRowsBeforeJump = 4;

std::uint64_t bits_of(double number) { return std::bit_cast<std::uint64_t>(number); }

bool is_odd(double number) { return std::isnan(number) || bits_of(number) == bits_of(-0.0); }

// The whole number that, divided by `power`, is `number` to the bit.
std::optional<std::int64_t> to_units(double number, double power) {
  const double scaled = number * power;
  if (!(std::abs(scaled) < static_cast<double>(kMaxExact))) return std::nullopt;
  const std::int64_t units = std::llrint(scaled);
  if (bits_of(static_cast<double>(units) / power) != bits_of(number)) return std::nullopt;
  return units;
}

// The decimals that the doubles of a run have, or none when too many of them have too many.
std::optional<int> find_scale(std::span<const Value> rows) {
  std::size_t noise = 0;
  int scale = 0;
  for (const Value& value : rows) {
    if (value.kind() != ValueKind::kDouble || is_odd(value.as_double())) continue;
    int wanted = scale;
    while (wanted <= kMaxScale && !to_units(value.as_double(), kPowers[wanted])) ++wanted;
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
    if (number > kMaxExact || number < -kMaxExact) return std::nullopt;
    return number;
  }
  if (value.kind() != ValueKind::kDouble || !scale || is_odd(value.as_double())) {
    return std::nullopt;
  }
  return to_units(value.as_double(), kPowers[*scale]);
}

// What does not run with its neighbours.
StoredNumber store_alone(const Value& value) {
  StoredNumber stored;
  if (value.kind() == ValueKind::kInt) {
    stored.units = value.as_int();
    stored.offset = 0;
  } else if (value.kind() == ValueKind::kDouble && is_odd(value.as_double())) {
    stored.units = std::bit_cast<std::int64_t>(value.as_double());
    stored.offset = 0;
    stored.divisor = 0;
  } else if (value.kind() == ValueKind::kDouble) {
    stored.raw = value.as_double();
  }
  return stored;
}

// The steps of a run so far.
class Steps {
 public:
  // False: this one is a jump, and the run ends before it.
  bool add(std::int64_t units) {
    const std::int64_t step = count_ == 0 ? 0 : units - last_;
    if (count_ >= kRowsBeforeJump && std::abs(step) / kJump > largest_ + 1) return false;
    largest_ = std::max(largest_, std::abs(step));
    highest_ = std::max(highest_, step);
    last_ = units;
    ++count_;
    return true;
  }
  std::int64_t highest() const { return highest_; }

 private:
  std::int64_t last_ = 0;
  std::int64_t largest_ = 0;
  std::int64_t highest_ = 0;
  std::size_t count_ = 0;
};

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

void NumberEncoder::encode(std::span<const Value> series, std::span<StoredNumber> out) {
  while (!series.empty()) {
    const std::size_t rows = encode_run(series.first(std::min(series.size(), kRunRows)), out);
    series = series.subspan(rows);
    out = out.subspan(rows);
  }
}

std::size_t NumberEncoder::encode_run(std::span<const Value> rows, std::span<StoredNumber> out) {
  const std::optional<int> scale = find_scale(rows);
  std::array<std::optional<std::int64_t>, kRunRows> units;
  std::optional<std::int64_t> first;
  Steps steps;
  std::size_t count = 0;
  for (; count < rows.size(); ++count) {
    units[count] = to_units(rows[count], scale);
    if (!units[count]) continue;
    if (!steps.add(*units[count])) break;
    if (!first) first = units[count];
  }
  if (std::abs(last_units_) > kMaxUnits) last_units_ = 0;
  const std::int64_t begin = last_units_ + std::max(steps.highest(), kMinRise);
  const std::int64_t offset = first ? begin - *first : 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!units[i]) {
      out[i] = store_alone(rows[i]);
      continue;
    }
    last_units_ = *units[i] + offset;
    out[i] = {last_units_, offset, std::nullopt, std::nullopt};
    if (rows[i].kind() == ValueKind::kDouble) out[i].divisor = kPowers[*scale];
  }
  return count;
}

}  // namespace obs::store
