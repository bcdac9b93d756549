#include "libobs/store/duckdb_number.h"

#include <fmt/format.h>

namespace obs::store {
namespace {

constexpr std::int64_t kSecondsADay = 86'400;

struct CivilDate {
  std::int64_t year;
  int month;
  int day;
};

// Days since 1970-01-01 to the proleptic Gregorian calendar, counting in eras of 400 years whose
// years begin in March, so that the leap day comes last (H. Hinnant, "chrono-compatible low-level
// date algorithms").
CivilDate to_civil(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

}  // namespace

Int128 to_int128(duckdb_hugeint value) {
  return static_cast<Int128>(value.upper) * (static_cast<Int128>(1) << 64) +
         static_cast<Int128>(value.lower);
}

std::string to_decimal_text(Int128 value, int scale) {
  // Digits are taken off the negative number: the least Int128 has no positive twin.
  const bool negative = value < 0;
  Int128 rest = negative ? value : -value;
  std::string reversed;
  for (int digits = 0; rest != 0 || digits <= scale; ++digits) {
    if (digits == scale && scale > 0) reversed += '.';
    reversed += static_cast<char>('0' - static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

std::optional<Timestamp> to_timestamp(std::int64_t count, std::int64_t unit) {
  Timestamp time = 0;
  if (__builtin_mul_overflow(count, unit, &time)) return std::nullopt;
  return time;
}

std::string to_far_time_text(std::int64_t seconds) {
  std::int64_t days = seconds / kSecondsADay;
  std::int64_t rest = seconds % kSecondsADay;
  if (rest < 0) {
    rest += kSecondsADay;
    --days;
  }
  const CivilDate date = to_civil(days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", date.year, date.month, date.day,
                     rest / 3600, rest / 60 % 60, rest % 60);
}

}  // namespace obs::store
