#include "cmd/obs-sim/options.h"

#include <fmt/format.h>

namespace obs::sim {
namespace {

// More than a core makes; a typing mistake, since it would fill the disk first.
constexpr double kMaxRate = 1e6;

Result<Duration> parse_option(std::string_view flag, const std::string& text) {
  const auto duration = parse_duration(text);
  if (duration && *duration >= kSecond) return *duration;
  return fail(Errc::kInvalidArgument,
              fmt::format("{} {}: not a duration of a second or more, such as 90s, 10m or 1h30m",
                          flag, text));
}

Result<Timestamp> parse_start(const std::string& text, Timestamp now) {
  const auto start = parse_time(text, now);
  if (start && *start >= 0) return *start - *start % kSecond;
  return fail(Errc::kInvalidArgument,
              fmt::format("--start {}: not a time such as 2026-11-22T08:00:00Z, 2026-11-22, -1h or "
                          "now, from 1970 on",
                          text));
}

}  // namespace

void SimOptions::declare(CLI::App& app) {
  app.add_option("--to", to,
                 "Where the records go: -, file:, dir:, redis: or otlphttp: (default -)")
      ->type_name("ADDRESS");
  app.add_option("--seed", seed, "Another seed, other visitors; the same, the same (default 1)")
      ->type_name("N");
  app.add_option("--rate", rate, "Traces started a second, averaged over a day (default 5)")
      ->check(CLI::Range(0.0, kMaxRate).description(""))
      ->type_name("N");
  app.add_option("--start", start, "When the simulated time begins (default now)")
      ->type_name("TIME");
  app.add_option("--duration", duration, "How much time is simulated (default: endless)")
      ->type_name("DURATION");
  app.add_flag("--fast", fast, "Do not wait for the clock; needs --duration");
  app.add_flag("--flat", flat, "The same traffic at all hours");
  app.add_option("--signals", signals, "Which of logs, spans, metrics to send (default all)")
      ->delimiter(',')
      ->check(CLI::IsMember({"logs", "spans", "metrics"}).description(""))
      ->type_name("LIST");
  app.add_option("--incident", incidents, "NAME[@OFFSET[+DURATION]]: what goes wrong, and when")
      ->type_name("INCIDENT");
  app.add_flag("--list-incidents", list_incidents, "Say which incidents there are, and end");
  app.add_option("--metric-interval", metric_interval, "How often metrics are sent (default 15s)")
      ->type_name("DURATION");
  app.add_flag("-v,--verbose", verbose, "Say at the end what was sent");
}

Result<Plan> make_plan(const SimOptions& options, Timestamp now) {
  Plan plan;
  OBS_TRY(const Timestamp start, parse_start(options.start, now));
  if (!options.duration.empty()) {
    OBS_TRY(const Duration duration, parse_option("--duration", options.duration));
    plan.end = start + duration;
  }
  if (options.fast && !plan.end) {
    return fail(Errc::kInvalidArgument, "--fast needs --duration, or it would never end");
  }
  plan.fast = options.fast;
  plan.simulation.seed = options.seed;
  plan.simulation.start = start;
  plan.simulation.traffic = {options.rate, !options.flat};
  OBS_TRY(plan.simulation.metric_interval,
          parse_option("--metric-interval", options.metric_interval));
  for (const std::string& text : options.incidents) {
    OBS_TRY(const ScheduledIncident incident, parse_incident(text, start));
    plan.simulation.incidents.push_back(incident);
  }
  for (const std::string& name : options.signals) {
    for (const model::Signal signal : model::kSignals) {
      if (to_string(signal) == name) plan.wanted[static_cast<std::size_t>(signal)] = true;
    }
  }
  return plan;
}

}  // namespace obs::sim
