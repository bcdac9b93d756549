#include "libobs/app/run.h"

#include <malloc.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>

#include "libobs/app/help.h"
#include "libobs/app/options.h"
#include "libobs/app/stdout.h"

namespace obs::app {
namespace {

void complain(const CLI::App& app, std::string_view message) {
  fmt::print(stderr, "{}: {}\n", app.get_name(), message);
}

// What parsing ended with: help and version are successes that CLI11 reports by exception.
int report_parse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    const bool version = error.get_name() == "CallForVersion";
    Stdout out;
    auto written = out.write(version ? std::string(error.what()) + "\n" : app.help());
    if (written) written = out.flush();
    return written ? kExitDone : exit_code(written.error());
  }
  complain(app, describe_usage(app, error));
  fmt::print(stderr, "Try '{} --help'.\n", app.get_name());
  return kExitUsage;
}

int run_body(const CLI::App& app, const std::function<Result<int>()>& body) {
  try {
    auto result = body();
    if (result) return *result;
    if (!is_reader_gone(result.error())) complain(app, result.error().message);
    return exit_code(result.error());
  } catch (const std::exception& error) {
    complain(app, fmt::format("internal error, please report it: {}", error.what()));
    return kExitBug;
  }
}

}  // namespace

int exit_code(const Error& error) {
  if (is_reader_gone(error)) return kExitDone;
  switch (error.code) {
    case Errc::kInvalidArgument: return kExitUsage;
    case Errc::kMalformed:
    case Errc::kLimitExceeded: return kExitBadData;
    case Errc::kInternal: return kExitBug;
    case Errc::kNotFound:
    case Errc::kUnsupported:
    case Errc::kUnavailable:
    case Errc::kIo: return kExitIo;
  }
  return kExitBug;
}

std::string environment_name(std::string_view program, std::string_view flag) {
  std::string name(program.substr(0, 3) == "obs" ? "" : "OBS_");
  for (char c : fmt::format("{}_{}", program, flag)) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    name += c == '-' ? '_' : c;
  }
  return name;
}

std::string default_store() {
  const char* dir = std::getenv("OBS_DIR");
  if (!dir || !*dir) return "dir:./data";
  const std::string_view given = dir;
  return given.find(':') == std::string_view::npos ? fmt::format("dir:{}", given)
                                                   : std::string(given);
}

namespace {

// Batches come and go by the megabyte. Given back to the kernel each time, their pages would cost
// more to fault in again than decoding them does (0.12 CPU s a million log records), so freed
// memory stays with the process up to a bound.
void keep_freed_pages() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // The largest that glibc takes.
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace

int run_app(CLI::App& app, int argc, char** argv, const std::function<Result<int>()>& body) {
  // A reader that leaves shall be an error of the write, not a death by signal.
  std::signal(SIGPIPE, SIG_IGN);
  keep_freed_pages();
  app.set_version_flag("--version", fmt::format("{} {}", app.get_name(), OBS_VERSION));
  accept_config(app);
  name_environment(app);
  format_help(app);
  try {
    app.parse(gather_arguments(app, argc, argv));
  } catch (const CLI::ParseError& error) {
    return report_parse(app, error);
  }
  return run_body(app, body);
}

}  // namespace obs::app
