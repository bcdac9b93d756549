#include "libobs/lang/local_time.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include "libobs/lang/shallow_members.h"

namespace obs::lang {
namespace {

// Zones change their clocks at a quarter of an hour.
constexpr Timestamp kQuarter = 15 * kMinute;

void append_local(std::string& out, Timestamp time) {
  const Duration offset = utc_offset(time);
  append_rfc3339(out, time + offset);
  out.pop_back();  // Z
  const auto minutes = static_cast<int>(offset / kMinute);
  fmt::format_to(std::back_inserter(out), "{}{:02}:{:02}", minutes < 0 ? '-' : '+',
                 std::abs(minutes) / 60, std::abs(minutes) % 60);
}

bool is_time(std::string_view key) {
  return key == "time" || key == "start_time" || key == "observed_time";
}

void append_local_line(std::string& out, std::string_view line) {
  ShallowMembers members(line);
  std::string_view key;
  ShallowValue value;
  const char* copied = line.data();
  while (members.next(key, value)) {
    const auto time = value.is_string && is_time(key) ? parse_rfc3339(value.text) : std::nullopt;
    if (!time) continue;
    out.append(copied, value.text.data());
    append_local(out, *time);
    copied = value.text.data() + value.text.size();
  }
  out.append(copied, line.data() + line.size());
}

}  // namespace

// The C library takes a lock for each answer, so it is asked once for many records.
Duration utc_offset(Timestamp time) {
  thread_local Timestamp known_quarter = INT64_MIN;
  thread_local Duration known_offset = 0;
  const Timestamp quarter = time / kQuarter - (time % kQuarter < 0 ? 1 : 0);
  if (quarter == known_quarter) return known_offset;
  const std::time_t seconds = quarter * (kQuarter / kSecond);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  known_quarter = quarter;
  known_offset = local.tm_gmtoff * kSecond;
  return known_offset;
}

void append_local_lines(std::string& out, std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    append_local_line(out, lines.substr(0, end));
    out += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace obs::lang
