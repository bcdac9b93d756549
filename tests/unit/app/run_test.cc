#include "libobs/app/run.h"

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "libobs/places/output.h"
#include "tests/unit/app/capture.h"

namespace obs::app {
namespace {

struct Options {
  static constexpr std::string_view kName = "obs-test";
  static constexpr std::string_view kSummary = "Does nothing, well";
  std::string to = "-";
  int flush_rows = 10;
  bool strict = false;
  int limit = 5;

  void declare(CLI::App& cli) {
    cli.add_option("--to", to, "Where to");
    cli.add_option("--flush-rows", flush_rows, "How many");
    cli.add_flag("--strict", strict, "No mercy");
    cli.add_subcommand("show", "Shows")->add_option("--limit", limit, "At most");
  }
  std::string describe() const {
    return to + " " + std::to_string(flush_rows) + (strict ? " strict " : " lax ") +
           std::to_string(limit);
  }
};

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

template <class Body>
Outcome run_with(std::vector<std::string> arguments, Body body) {
  arguments.insert(arguments.begin(), "obs-test");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  Capture out(1);
  Capture err(2);
  Outcome outcome;
  outcome.code = run<Options>(static_cast<int>(argv.size()), argv.data(), body);
  outcome.err = err.text();
  outcome.out = out.text();
  return outcome;
}

// Runs with a body that tells the options it was given.
std::pair<Outcome, std::string> parse(std::vector<std::string> arguments) {
  std::string seen;
  auto outcome = run_with(std::move(arguments), [&](const Options& options) -> Result<void> {
    seen = options.describe();
    return {};
  });
  return {outcome, seen};
}

class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    char name[] = "/tmp/obs-config-XXXXXX";
    ::close(::mkstemp(name));
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("--help and --version are for stdout and succeed", "[app]") {
  auto [help, ignored] = parse({"--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("--flush-rows") != std::string::npos);
  CHECK_THAT(help.out, Catch::EndsWith("--to is OBS_TEST_TO.\n"));
  CHECK(help.err.empty());
  auto [version, seen] = parse({"--version"});
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("obs-test "));
  CHECK(seen.empty());
}

TEST_CASE("a usage error is one line and a pointer to --help", "[app]") {
  auto [outcome, seen] = parse({"--flush-row", "3"});
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err ==
        "obs-test: unknown option '--flush-row'; did you mean '--flush-rows'?\n"
        "Try 'obs-test --help'.\n");
  CHECK(parse({"--flush-rows", "many"}).first.code == 2);
  CHECK(parse({"stray"}).first.err.starts_with("obs-test: unexpected argument 'stray'\n"));
}

TEST_CASE("the command line wins over the environment, and that over the file", "[app][config]") {
  TemporaryFile file("to = 'file:f'\nflush-rows = 3\nstrict = true\n[show]\nlimit = 7\n");
  CHECK(parse({"--config", file.path()}).second == "file:f 3 strict 7");
  Environment rows("OBS_TEST_FLUSH_ROWS", "4");
  Environment limit("OBS_TEST_LIMIT", "8");
  CHECK(parse({"--config", file.path()}).second == "file:f 4 strict 8");
  CHECK(parse({"--config", file.path(), "--flush-rows", "5"}).second == "file:f 5 strict 8");
  Environment config("OBS_TEST_CONFIG", file.path().c_str());
  CHECK(parse({"--to", "x"}).second == "x 4 strict 8");
}

TEST_CASE("an unknown key in the configuration file is refused with its line", "[app][config]") {
  const std::pair<const char*, const char*> cases[] = {
      {"strict = true\nflush_rows = 3\n",
       "line 2: unknown key 'flush_rows'; did you mean 'flush-rows'?"},
      {"[shew]\nlimit = 3\n", "line 2: unknown table 'shew'"},
      {"config = 'x'\n", "line 1: unknown key 'config'"},
      {"a = \n", "line 1: a value is expected"},
  };
  for (const auto& [text, message] : cases) {
    TemporaryFile file(text);
    auto outcome = parse({"--config", file.path()}).first;
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Catch::Contains(file.path() + ": " + message));
  }
  CHECK(parse({"--config", "/nonexistent/file"}).first.code == 2);
}

TEST_CASE("an error is told in one sentence and picks the exit code", "[app]") {
  const std::pair<Errc, int> cases[] = {
      {Errc::kInvalidArgument, 2},
      {Errc::kMalformed, 3},
      {Errc::kLimitExceeded, 3},
      {Errc::kNotFound, 4},
      {Errc::kUnsupported, 4},
      {Errc::kUnavailable, 4},
      {Errc::kIo, 4},
      {Errc::kInternal, 70},
  };
  for (const auto& [code, expected] : cases) {
    auto outcome = run_with({}, [&, failure = code](const Options&) -> Result<void> {
      return fail(failure, "open it: no");
    });
    CHECK(outcome.code == expected);
    CHECK(outcome.err == "obs-test: open it: no\n");
  }
}

TEST_CASE("a body may choose among exit codes, and an exception is our bug", "[app]") {
  CHECK(run_with({}, [](const Options&) -> Result<int> { return 1; }).code == 1);
  auto outcome = run_with({}, [](const Options&) -> Result<int> { throw std::bad_alloc(); });
  CHECK(outcome.code == 70);
  CHECK(outcome.err.starts_with("obs-test: internal error"));
}

TEST_CASE("a reader that has gone ends the program quietly", "[app]") {
  auto outcome = run_with({}, [](const Options&) -> Result<void> {
    int ends[2];
    if (::pipe(ends) != 0) return fail_errno(errno, "pipe");
    ::close(ends[0]);
    auto written = places::write_all(ends[1], "x", "stdout");
    ::close(ends[1]);
    return written;
  });
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
}

TEST_CASE("environment names follow the program and the flag", "[app]") {
  CHECK(environment_name("obs-store", "flush-rows") == "OBS_STORE_FLUSH_ROWS");
  CHECK(environment_name("obs", "up") == "OBS_UP");
}

TEST_CASE("the default store is OBS_DIR, a path or an address", "[app]") {
  ::unsetenv("OBS_DIR");
  CHECK(default_store() == "dir:./data");
  Environment path("OBS_DIR", "/srv/obs");
  CHECK(default_store() == "dir:/srv/obs");
  Environment address("OBS_DIR", "dir:/srv/other");
  CHECK(default_store() == "dir:/srv/other");
}

}  // namespace
}  // namespace obs::app
