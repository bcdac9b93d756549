#include "cmd/obs-query/options.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "libobs/app/color.h"
#include "libobs/base/text.h"
#include "libobs/places/places.h"

namespace obs::ask {

using model::Signal;

CLI::App* QueryOptions::declare_command(CLI::App& app, const std::string& name,
                                        const std::string& summary) {
  CLI::App* child = app.add_subcommand(name, summary);
  child->fallthrough();
  child->callback([this, name] { command = name; });
  return child;
}

void QueryOptions::declare(CLI::App& app) {
  app.require_subcommand(1);
  app.add_option("--store", store, "The store to ask: dir:PATH (default $OBS_DIR or dir:./data)")
      ->type_name("ADDRESS");
  app.add_option("-o,--output", output, "table, ndjson, json, csv, markdown or chart")
      ->check(
          CLI::IsMember({"table", "ndjson", "json", "csv", "markdown", "chart"}).description(""))
      ->type_name("FORMAT");
  app::declare_color(app, color);
  app.add_option("--project", project, "Whose records (default: default)")->type_name("NAME");
  app.add_option("--timeout", timeout, "Stop a query after so long (sql: 5m; else none)")
      ->type_name("DURATION");
  app.add_option("--assert", assertion, "Fail unless EXPR is true of every row, and there are rows")
      ->type_name("EXPR");
  app.add_flag("--exit-status", exit_status, "Exit with 1 when nothing is found");
  app.add_flag("--explain", explain, "Say on stderr what indexes and counts left out");
  app.add_flag("-q,--quiet", quiet, "Print no rows, only the verdict");

  CLI::App* sql = declare_command(app, "sql", "Run a SELECT over logs, spans and metrics");
  sql->add_option("statement", statement, "The statement; - reads it from stdin")->type_name("SQL");
  sql->add_option("-f,--file", file, "Read the statement from this file")->type_name("FILE");
  sql->add_option("--limit", sql_limit, "At most so many rows (on a terminal 1000; 0 is all)")
      ->type_name("N");
  declare_records(app, Signal::kLogs, "Show log records");
  declare_records(app, Signal::kSpans, "Show spans");
  declare_records(app, Signal::kMetrics, "Show data points of metrics");
  declare_pipe(app);
  CLI::App* trace = declare_command(app, "trace", "Draw a trace");
  trace->add_option("id", trace_id, "The trace id, or how it begins")->required()->type_name("ID");
  trace->add_flag("--all", all_spans, "Draw every span of a large trace");
  declare_summary(app, "services", "List the services");
  declare_summary(app, "operations", "List the operations: service, name and kind of spans");
  declare_summary(app, "edges", "List which service calls which");
}

void QueryOptions::declare_summary(CLI::App& app, const std::string& name,
                                   const std::string& summary) {
  CLI::App* child = declare_command(app, name, summary);
  child->add_option("--since", summary_since, "Only from then on")->type_name("TIME");
  child->add_option("--until", summary_until, "Only before then")->type_name("TIME");
}

void QueryOptions::declare_pipe(CLI::App& app) {
  CLI::App* pipe = declare_command(
      app, "pipe", "Run a program of obs-pipeline(7): 'logs | where ... | stats ...'");
  pipe->add_option("program", program,
                   "The program; it may also stand in place of the word pipe, as in obs-query "
                   "'spans | stats count() by name'")
      ->required()
      ->type_name("PROGRAM");
  pipe->add_option("--since", records.since, "Only from then on: 1h, 2026-11-22, RFC 3339…")
      ->type_name("TIME");
  pipe->add_option("--until", records.until, "Only before then")->type_name("TIME");
  pipe->add_option("--limit", records.limit,
                   "Print at most so many lines (on a terminal 1000; 0 is all)")
      ->type_name("N");
  pipe->add_option("--redact-key", redact_key,
                   "The secret of `redact ... with hash`: @FILE, exec:COMMAND or the key itself")
      ->type_name("SECRET");
}

void QueryOptions::declare_records(CLI::App& app, Signal signal, const std::string& summary) {
  CLI::App* child = declare_command(app, std::string(model::to_string(signal)), summary);
  child->add_option("--since", records.since, "From then on: 1h, 2026-11-22, RFC 3339…")
      ->type_name("TIME");
  child->add_option("--until", records.until, "Before then")->type_name("TIME");
  child->add_option("--service", records.services, "Only of these services")
      ->delimiter(',')
      ->type_name("NAME");
  child
      ->add_option("--has", records.phrases,
                   "Only with these whole words, adjacent, in the body of a log or in a name")
      ->allow_extra_args(false)
      ->type_name("WORDS");
  child->add_option("--attr", records.attributes, "Only with this attribute")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  child->add_option("--where", records.where, "Only where this SQL condition holds")
      ->type_name("EXPR");
  child
      ->add_option("--limit", records.limit,
                   "The newest so many (on a terminal 1000, with --follow 10; 0 is all)")
      ->type_name("N");
  child->add_flag("-F,--follow", records.follow, "Go on with what arrives");
  if (signal == Signal::kLogs) {
    child->add_option("--severity", records.severity, "Of this severity or worse: trace … fatal")
        ->type_name("NAME");
  } else {
    child->add_option("--name", records.names, "Only of these names")
        ->delimiter(',')
        ->type_name("NAME");
  }
  if (signal == Signal::kSpans) {
    child->add_option("--status", records.statuses, "Only of these: unset, ok, error")
        ->delimiter(',')
        ->type_name("NAME");
  }
  if (signal != Signal::kMetrics) {
    child->add_option("--trace", records.trace_id, "Only of this trace")->type_name("ID");
  }
}

namespace {

constexpr std::string_view kCommands[] = {"sql",   "logs",     "spans",      "metrics", "pipe",
                                          "trace", "services", "operations", "edges"};

// "spans | …"
bool begins_with_table(std::string_view word) {
  for (const Signal signal : model::kSignals) {
    const std::string_view table = model::to_string(signal);
    if (!word.starts_with(table)) continue;
    const std::size_t bar = word.find_first_not_of(" \t\r\n", table.size());
    return bar != std::string_view::npos && word[bar] == '|';
  }
  return false;
}

// A program begins with its table, or, not being the value of an option, has a `|`.
bool is_program(std::string_view word, std::string_view before) {
  if (word.starts_with('-')) return false;
  word.remove_prefix(std::min(word.find_first_not_of(" \t\r\n"), word.size()));
  return begins_with_table(word) ||
         (!before.starts_with('-') && word.find('|') != std::string_view::npos);
}

}  // namespace

std::vector<char*> name_command(int argc, char** argv) {
  static char pipe[] = "pipe";
  std::vector<char*> words(argv, argv + argc);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (std::find(std::begin(kCommands), std::end(kCommands), word) != std::end(kCommands)) break;
    if (!is_program(word, words[i - 1])) continue;
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(i), pipe);
    break;
  }
  return words;
}

Result<query::RecordFilter> make_filter(const RecordOptions& options, Timestamp now) {
  query::RecordFilter filter;
  OBS_TRY(filter.since, parse_time_option("--since", options.since, now));
  OBS_TRY(filter.until, parse_time_option("--until", options.until, now));
  filter.services = options.services;
  filter.names = options.names;
  filter.statuses = options.statuses;
  if (!options.severity.empty()) {
    filter.least_severity = model::parse_severity(options.severity);
    if (filter.least_severity == 0) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("--severity {}: not trace, debug, info, warn, error or fatal",
                              options.severity));
    }
  }
  filter.phrases = options.phrases;
  for (const std::string& given : options.attributes) {
    const std::size_t equals = given.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("--attr {}: not KEY=VALUE, as in --attr user.id=4242", given));
    }
    filter.attributes.push_back({given.substr(0, equals), given.substr(equals + 1)});
  }
  if (options.trace_id.empty()) return filter;
  model::TraceId id;
  if (!model::parse_id(options.trace_id, id)) {
    return fail(Errc::kInvalidArgument,
                fmt::format("--trace {}: a trace id has 32 hex digits", options.trace_id));
  }
  filter.trace_id = to_lower(options.trace_id);
  return filter;
}

Result<std::optional<Timestamp>> parse_time_option(std::string_view flag, const std::string& text,
                                                   Timestamp now) {
  if (text.empty()) return std::optional<Timestamp>();
  const auto time = parse_time(text, now);
  if (time) return time;
  return fail(Errc::kInvalidArgument, fmt::format("{} {}: not a time such as 15m, 2h, 2026-11-22, "
                                                  "2026-11-22T10:15:30Z or now",
                                                  flag, text));
}

Result<std::optional<Duration>> parse_duration_option(std::string_view flag,
                                                      const std::string& text) {
  if (text.empty()) return std::optional<Duration>();
  const auto duration = text == "0" ? std::optional<Duration>(0) : parse_duration(text);
  if (duration && *duration >= 0) return duration;
  return fail(Errc::kInvalidArgument,
              fmt::format("{} {}: not a duration such as 500ms, 30s or 5m", flag, text));
}

Result<std::string> parse_store(const std::string& address) {
  if (address.find(':') == std::string::npos) return address;
  OBS_TRY(const places::Address place, places::parse_address(address));
  if (place.scheme == "dir") return place.path;
  return fail(
      Errc::kInvalidArgument,
      fmt::format("--store {}: only a directory can be asked, as in dir:./data", place.text));
}

}  // namespace obs::ask
