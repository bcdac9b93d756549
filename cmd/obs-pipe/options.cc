#include "cmd/obs-pipe/options.h"

#include <sys/stat.h>

#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include "libobs/app/color.h"
#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/places/secret.h"

namespace obs::pipe {
namespace {

Result<std::size_t> parse_bytes(std::string_view flag, const std::string& text) {
  const auto size = parse_size(text);
  if (size && *size > 0) return static_cast<std::size_t>(*size);
  return fail(Errc::kInvalidArgument,
              fmt::format("{} {}: not a size such as 64MiB or 20KB", flag, text));
}

// Names such as Europe/Madrid are paths below this.
constexpr std::string_view kZones = "/usr/share/zoneinfo/";

bool is_zone(const std::string& name) {
  const bool is_path = name.starts_with('/') || name.find("..") != std::string::npos;
  struct stat status {};
  return !name.empty() && !is_path && ::stat((std::string(kZones) + name).c_str(), &status) == 0 &&
         S_ISREG(status.st_mode);
}

}  // namespace

void PipeOptions::declare(CLI::App& app) {
  app.add_option("program", arguments,
                 "The program, unless -f names a file; then files (- is stdin). Or: test FILE...")
      ->type_name("PROGRAM [FILE...]");
  app.add_option("-f,--file", program_file, "Read the program from this file")->type_name("FILE");
  app.add_option("--format", format, "What is read (default: ndjson)")
      ->check(CLI::IsMember({"ndjson", "json", "csv", "logfmt", "text", "otlp"}))
      ->type_name("FORMAT");
  app.add_flag("--merge", merge, "Read all files at once, in the order of their records' times");
  app.add_flag("--follow", follow,
               "Wait for more at the end of a file, and find it again when it is rotated")
      ->excludes("--merge");
  app.add_option("-o,--output", output,
                 "What is written (default: ndjson; on a terminal, table for stats)")
      ->check(
          CLI::IsMember({"ndjson", "table", "json", "csv", "markdown", "logfmt", "text", "otlp"}))
      ->type_name("FORMAT");
  app.add_flag("--pretty", pretty,
               "Write log lines for people: aligned, and coloured on a terminal");
  app::declare_color(app, color);
  app.add_option("--tz", tz,
                 "Show times in this zone, with --pretty and in table, csv and markdown: UTC (the "
                 "default), local, or a name such as Europe/Madrid")
      ->type_name("ZONE");
  app.add_flag("--strict", strict,
               "Stop at a line that is not JSON (logfmt, csv), with exit status 3");
  app.add_flag("--skip-invalid", skip_invalid,
               "Leave out lines that are not JSON (logfmt, csv), and count them");
  app.add_option("--threads", threads, "Threads to run on (default: all cores)")->type_name("N");
  app.add_option("--memory", memory, "What sort, stats, top and tail may hold (default 1GiB)")
      ->type_name("SIZE");
  app.add_option("--max-line", max_line, "Leave out longer lines, and count them (default 64MiB)")
      ->type_name("SIZE");
  app.add_option("--redact-key", redact_key,
                 "The secret of `redact ... with hash`: @FILE, exec:COMMAND or the key itself")
      ->type_name("SECRET");
  app.add_flag("--explain", explain, "Say how the program would run, and end");
  app.add_flag("--verify-redaction", verify_redaction,
               "Look for secrets: name file, line, field and kind of each, with exit status 1");
  app.add_option("--junit", junit,
                 "With `test FILE...`: write the results here too, as JUnit's XML")
      ->type_name("FILE");
  app.add_flag("--check", check, "Check the program and the options, and end");
  app.add_flag("-v,--verbose", verbose, "Say at the end what became of the records");
}

Result<lang::EngineOptions> to_engine_options(const PipeOptions& options) {
  lang::EngineOptions engine;
  engine.now = system_clock().now();
  // Documents are checked as they are cut, to the letter.
  engine.strict = options.strict && options.format != "json";
  engine.skip_invalid = options.skip_invalid;
  OBS_TRY(engine.memory, parse_bytes("--memory", options.memory));
  OBS_TRY(engine.max_line, parse_bytes("--max-line", options.max_line));
  OBS_TRY(engine.redact_key, places::resolve_secret(options.redact_key));
  return engine;
}

Result<void> use_time_zone(const std::string& tz) {
  if (tz == kUtc) return {};
  if (tz != "local") {
    if (!is_zone(tz)) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("--tz {}: there is no such time zone here; UTC, local, or a name of "
                              "{}, such as Europe/Madrid",
                              tz, kZones));
    }
    ::setenv("TZ", tz.c_str(), 1);
  }
  ::tzset();
  return {};
}

}  // namespace obs::pipe
