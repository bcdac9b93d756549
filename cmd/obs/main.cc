// obs(1): run the suite, check an installation, or become one of its programs.

#include <string_view>

#include <fmt/format.h>

#include "cmd/obs/options.h"
#include "cmd/obs/suite.h"

namespace obs::suite {

void SuiteOptions::declare(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(describe_programs());

  CLI::App* const start = app.add_subcommand("up", "Run the suite on this machine until Ctrl-C");
  start->add_option("--http", up.http, "Where to receive OTLP (default 127.0.0.1:4318)")
      ->type_name("ADDRESS");
  start->add_option("--to", up.to, "Where records go (default $OBS_DIR, else dir:./data)")
      ->type_name("ADDRESS");
  start->add_flag("--sim", up.sim, "With simulated traffic, from ten minutes ago on");
  start->add_option("--rate", up.rate, "Simulated traces a second (default 10)")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->type_name("N");
  start->add_option("--incident", up.incidents, "What goes wrong in the simulation; see obs-sim(1)")
      ->type_name("INCIDENT");
  start->add_flag("-v,--verbose", up.verbose, "Have each program say more");
  start->callback([this] { command = Command::kUp; });

  CLI::App* const check = app.add_subcommand("doctor", "Check this installation");
  check
      ->add_option("--store", doctor.store,
                   "The store to check (default $OBS_DIR, else dir:./data)")
      ->type_name("ADDRESS");
  check->add_option("--redis", doctor.redis, "A Redis to check, as redis://HOST:PORT")
      ->type_name("ADDRESS");
  check->add_option("--http", doctor.http, "The port to check (default 127.0.0.1:4318)")
      ->type_name("ADDRESS");
  check
      ->add_option("--grpc", doctor.grpc,
                   "The port of gRPC to check, or none (default 127.0.0.1:4317)")
      ->type_name("ADDRESS");
  check->callback([this] { command = Command::kDoctor; });

  CLI::App* const make = app.add_subcommand("key", "Make an API key for obs-ingest --keys");
  make->add_option("--name", key.name, "Who will have it, for people (default: the project)")
      ->type_name("NAME");
  make->add_option("--project", key.project, "Where its records belong (default 'default')")
      ->type_name("PROJECT");
  make->add_option("--signal", key.signals,
                   "What it may send: logs, spans or metrics; repeat it (default: all)")
      ->allow_extra_args(false)
      ->type_name("SIGNAL");
  make->add_option("--origin", key.origins,
                   "Whose web pages may use it; repeat it for several (default: any)")
      ->allow_extra_args(false)
      ->type_name("ORIGIN");
  make->callback([this] { command = Command::kKey; });
}

namespace {

Result<int> run_command(const SuiteOptions& options) {
  if (options.command == SuiteOptions::Command::kUp) return run_up(options.up);
  if (options.command == SuiteOptions::Command::kKey) {
    OBS_TRY_VOID(run_key(options.key));
    return app::kExitDone;
  }
  OBS_TRY(const bool healthy, run_doctor(options.doctor));
  return healthy ? app::kExitDone : app::kExitNo;
}

// The first word, when it names a program rather than something of ours.
std::string_view find_foreign_command(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word.empty() || word.starts_with('-') || word == "up" || word == "doctor" || word == "key")
    return {};
  return word;
}

}  // namespace
}  // namespace obs::suite

int main(int argc, char** argv) {
  using namespace obs;
  if (const auto name = suite::find_foreign_command(argc, argv); !name.empty()) {
    const Error error = suite::run_program(name, {argv + 2, static_cast<std::size_t>(argc - 2)});
    fmt::print(stderr, "obs: {}\n", error.message);
    return app::exit_code(error);
  }
  return app::run<suite::SuiteOptions>(argc, argv, suite::run_command);
}
