// Calendar text for clock.h. Days and dates convert by arithmetic on years that begin in March, so
// that the leap day is the last of its year (Hinnant, "chrono-compatible low-level date
// algorithms"): no tables, no time zone and no lock of the C library in the way.

#include <array>
#include <cstring>

#include "libobs/base/clock.h"

namespace obs {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kDaysPerEra = 146'097;     // 400 years.
constexpr std::int64_t kDaysToEpoch = 719'468;    // 0000-03-01 to 1970-01-01.
constexpr std::size_t kDateSize = 10;             // "2026-11-22"
constexpr std::size_t kShortest = kDateSize + 9;  // "2026-11-22T10:15:30", before the zone.

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

Date to_calendar(std::int64_t days) {
  days += kDaysToEpoch;
  const std::int64_t era = floor_divide(days, kDaysPerEra);
  const auto day_of_era = static_cast<int>(days - era * kDaysPerEra);
  const int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int march_month = (5 * day_of_year + 2) / 153;
  const int month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {year_of_era + static_cast<int>(era) * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * march_month + 2) / 5 + 1};
}

std::int64_t to_days(Date date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const int march_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
  return era * kDaysPerEra + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         kDaysToEpoch;
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

char* put(char* out, std::int64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + digits;
}

char* put_date(char* out, Date date) {
  out = put(out, date.year, 4);
  *out++ = '-';
  out = put(out, date.month, 2);
  *out++ = '-';
  return put(out, date.day, 2);
}

// Reads exactly `digits` digits at `at`; -1 when there is anything else.
int read_digits(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return -1;
  int number = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<std::int64_t> read_day(std::string_view text) {
  const Date date{read_digits(text, 0, 4), read_digits(text, 5, 2), read_digits(text, 8, 2)};
  if (date.year < 0 || date.month < 1 || date.month > 12 || date.day < 1) return std::nullopt;
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  if (date.day > days_in_month(date.year, date.month)) return std::nullopt;
  return to_days(date);
}

// Second 60 is a leap second, which Unix time counts as the one after it.
std::optional<std::int64_t> read_second_of_day(std::string_view text) {
  const int hour = read_digits(text, 0, 2);
  const int minute = read_digits(text, 3, 2);
  const int second = read_digits(text, 6, 2);
  const bool in_range =
      hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
  if (!in_range || text[2] != ':' || text[5] != ':') return std::nullopt;
  return hour * 3600 + minute * 60 + second;
}

// Takes ".123…" off the front of `text`, if it is there; nullopt when no digit follows the point.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return 0;
  std::int64_t nanoseconds = 0;
  std::int64_t scale = kSecond / 10;
  std::size_t used = 1;
  for (; used < text.size() && text[used] >= '0' && text[used] <= '9'; ++used, scale /= 10) {
    nanoseconds += (text[used] - '0') * scale;
  }
  text.remove_prefix(used);
  if (used == 1) return std::nullopt;
  return nanoseconds;
}

// Seconds east of UTC.
std::optional<std::int64_t> read_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || text[3] != ':') return std::nullopt;
  const int hours = read_digits(text, 1, 2);
  const int minutes = read_digits(text, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int offset = hours * 3600 + minutes * 60;
  if (text[0] == '+') return offset;
  if (text[0] == '-') return -offset;
  return std::nullopt;
}

// The sum is taken in 128 bits: the earliest second of int64 begins before int64 does.
std::optional<Timestamp> to_timestamp(std::int64_t seconds, std::int64_t nanoseconds) {
  const __int128 time = static_cast<__int128>(seconds) * kSecond + nanoseconds;
  if (time < INT64_MIN || time > INT64_MAX) return std::nullopt;
  return static_cast<Timestamp>(time);
}

}  // namespace

void append_rfc3339(std::string& out, Timestamp time) {
  const std::int64_t seconds = floor_divide(time, kSecond);
  const std::int64_t days = floor_divide(seconds, kSecondsPerDay);
  const std::int64_t of_day = seconds - days * kSecondsPerDay;
  // Unsigned, since the product is below int64 in the earliest second; the difference is not.
  const auto nanoseconds = static_cast<std::int64_t>(static_cast<std::uint64_t>(time) -
                                                     static_cast<std::uint64_t>(seconds) * kSecond);

  char text[] = "0000-00-00T00:00:00.000000000Z";
  put_date(text, to_calendar(days));
  put(text + 11, of_day / 3600, 2);
  put(text + 14, of_day / 60 % 60, 2);
  put(text + 17, of_day % 60, 2);
  put(text + 20, nanoseconds, 9);
  out.append(text, sizeof(text) - 1);
}

std::string to_rfc3339(Timestamp time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  if (text.size() <= kShortest || !std::strchr("Tt ", text[kDateSize])) return std::nullopt;
  const auto day = read_day(text);
  const auto of_day = read_second_of_day(text.substr(kDateSize + 1));
  text.remove_prefix(kShortest);
  const auto nanoseconds = take_fraction(text);
  const auto zone = read_zone(text);
  if (!day || !of_day || !nanoseconds || !zone) return std::nullopt;
  return to_timestamp(*day * kSecondsPerDay + *of_day - *zone, *nanoseconds);
}

std::string to_date(Timestamp time) {
  char text[kDateSize];
  put_date(text, to_calendar(floor_divide(time, kDay)));
  return {text, sizeof(text)};
}

}  // namespace obs
