// The command line of obs-query(1).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/app/run.h"
#include "libobs/model/batch.h"
#include "libobs/query/record_filter.h"

namespace obs::ask {

// Options of logs, spans and metrics.
struct RecordOptions {
  std::string since, until;
  std::vector<std::string> services, names, statuses;
  std::string severity;
  std::string trace_id;
  std::vector<std::string> phrases, attributes;
  std::string where;
  std::optional<std::uint64_t> limit;
  bool follow = false;
};

struct QueryOptions {
  static constexpr std::string_view kName = "obs-query";
  static constexpr std::string_view kSummary = "Ask a store: SQL, logs, spans, metrics and traces";

  // Of every sub-command.
  std::string store = app::default_store();
  std::string output;  // Empty: a table on a terminal, ndjson elsewhere.
  std::string color = "auto";
  std::string project = "default";
  std::string timeout;
  std::string assertion;
  bool exit_status = false;
  bool quiet = false;
  bool explain = false;

  // The sub-command, and what belongs to it.
  std::string command;
  std::string statement;
  std::string file;
  std::optional<std::uint64_t> sql_limit;
  RecordOptions records;
  std::string program;
  std::string redact_key;
  std::string trace_id;
  bool all_spans = false;
  std::string summary_since, summary_until;

  void declare(CLI::App& app);

 private:
  CLI::App* declare_command(CLI::App& app, const std::string& name, const std::string& summary);
  void declare_pipe(CLI::App& app);
  void declare_summary(CLI::App& app, const std::string& name, const std::string& summary);
  void declare_records(CLI::App& app, model::Signal signal, const std::string& summary);
};

// The command line with the sub-command `pipe` put in before a program that stands in place of one:
// obs-query 'logs | stats count()'. The pointers are those of argv, but for that word.
std::vector<char*> name_command(int argc, char** argv);

// What the options of logs, spans and metrics ask for, but for --where and --limit.
Result<query::RecordFilter> make_filter(const RecordOptions& options, Timestamp now);

// A time or duration a user gave to `flag`; nullopt when none was given.
Result<std::optional<Timestamp>> parse_time_option(std::string_view flag, const std::string& text,
                                                   Timestamp now);
Result<std::optional<Duration>> parse_duration_option(std::string_view flag,
                                                      const std::string& text);

// The directory of a `dir:` address, or of a bare path.
Result<std::string> parse_store(const std::string& address);

}  // namespace obs::ask
