#include "cmd/obs-sim/incident.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::sim {
namespace {

constexpr Duration kUsualOffset = kMinute;
constexpr std::size_t kTextWidth = 76;

constexpr std::array<Fault, 7> kUsualFaults = {{
    {},
    {Failure::kTimeout, "TimeoutError", "no answer within 5000 ms", 5000},
    {Failure::kUnavailable, "ConnectionError", "connection refused"},
    {Failure::kException, "ValueError", "math domain error"},
    {Failure::kExhausted, "PoolTimeoutError", "no free connection within 1000 ms", 1000},
    {Failure::kDeclined, "CardDeclined", "card declined: insufficient funds"},
    {Failure::kUnauthorized, "InvalidCredentials", "unknown user or wrong password"},
}};

Result<const Incident*> find_incident(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Incident& incident : incidents()) {
    if (incident.name == name) return &incident;
    names.push_back(incident.name);
  }
  const std::string_view nearest = find_nearest(name, names);
  return fail(Errc::kInvalidArgument,
              nearest.empty()
                  ? fmt::format("unknown incident '{}'; --list-incidents shows what there is", name)
                  : fmt::format("unknown incident '{}'; did you mean '{}'?", name, nearest));
}

Result<Duration> parse_part(std::string_view text, std::string_view part, Duration least) {
  const auto duration = parse_duration(part);
  if (duration && *duration >= least) return *duration;
  return fail(Errc::kInvalidArgument,
              fmt::format("incident '{}': '{}' is no duration; write NAME@OFFSET+DURATION, such as "
                          "db-slow@5m+10m",
                          text, part));
}

// "  label     text", wrapped under the text.
void append_paragraph(std::string& out, std::string_view label, std::string_view text) {
  constexpr std::string_view kIndent = "            ";
  std::string line = fmt::format("  {:<10}", label);
  for (const std::string_view word : split(text, ' ')) {
    if (line.size() + word.size() + 1 > kTextWidth) {
      out += line + "\n";
      line = kIndent;
    }
    if (!line.ends_with(' ')) line += ' ';
    line += word;
  }
  out += line + "\n";
}

}  // namespace

Fault usual_fault(Failure failure) { return kUsualFaults[static_cast<std::size_t>(failure)]; }

Result<ScheduledIncident> parse_incident(std::string_view text, Timestamp start) {
  const std::size_t at = text.find('@');
  OBS_TRY(const Incident* incident, find_incident(text.substr(0, at)));
  ScheduledIncident scheduled{incident, start + kUsualOffset, incident->usual_duration};
  if (at == std::string_view::npos) return scheduled;

  const std::string_view when = text.substr(at + 1);
  const std::size_t plus = when.find('+');
  OBS_TRY(const Duration offset, parse_part(text, when.substr(0, plus), 0));
  scheduled.begin = start + offset;
  if (plus == std::string_view::npos) return scheduled;
  OBS_TRY(scheduled.duration, parse_part(text, when.substr(plus + 1), kSecond));
  return scheduled;
}

std::string describe_incidents() {
  std::string out;
  for (const Incident& incident : incidents()) {
    if (!out.empty()) out += '\n';
    out += fmt::format("{}  ({})\n", incident.name, to_duration_text(incident.usual_duration));
    append_paragraph(out, "cause", incident.cause);
    append_paragraph(out, "affects", incident.affected);
    append_paragraph(out, "look for", incident.symptoms);
  }
  return out;
}

}  // namespace obs::sim
