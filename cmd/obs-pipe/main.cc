// obs-pipe(1): filter, reshape and aggregate a stream of ndjson with the pipeline language.

#include <thread>

#include <fmt/format.h>

#include "cmd/obs-pipe/input.h"
#include "cmd/obs-pipe/options.h"
#include "libobs/app/interrupts.h"
#include "libobs/app/stdout.h"
#include "libobs/base/fs.h"
#include "libobs/lang/parser.h"
#include "libobs/places/output.h"

namespace obs::pipe {
namespace {

struct Job {
  std::string program;
  std::string name;  // Of the program's file.
  std::vector<std::string> files;
};

Result<Job> make_job(const PipeOptions& options) {
  Job job;
  job.files = options.arguments;
  if (!options.program_file.empty()) {
    auto text = system_fs().read_file(options.program_file);
    if (!text) return fail(Errc::kInvalidArgument, text.error().message);
    job.program = std::move(*text);
    job.name = options.program_file;
    return job;
  }
  if (job.files.empty()) {
    return fail(Errc::kInvalidArgument,
                "a program is missing, as in: obs-pipe 'where severity >= error' FILE");
  }
  job.program = job.files.front();
  job.files.erase(job.files.begin());
  return job;
}

Result<lang::Plan> compile_job(const Job& job, const lang::EngineOptions& options) {
  const auto refuse = [&](const lang::Diagnostic& diagnostic) {
    return fail(Errc::kInvalidArgument, lang::render(diagnostic, job.program, job.name));
  };
  auto program = lang::parse(job.program);
  if (!program) return refuse(program.error());
  auto plan = lang::compile(std::move(*program), options);
  if (!plan) return refuse(plan.error());
  return std::move(*plan);
}

void report(const lang::Counters& counters, bool verbose) {
  if (verbose) {
    fmt::print(stderr, "obs-pipe: received {}, created {}, sent {}, filtered {}, folded {}\n",
               counters.received, counters.created, counters.sent, counters.filtered,
               counters.folded);
  }
  if (counters.invalid != 0) {
    fmt::print(stderr, "obs-pipe: {} lines that are no JSON were left out\n", counters.invalid);
  }
  if (counters.too_long != 0) {
    fmt::print(stderr, "obs-pipe: {} lines longer than --max-line were left out\n",
               counters.too_long);
  }
  if (counters.errors != 0) {
    fmt::print(stderr, "obs-pipe: a stage failed on {} records; _error says why where it is set\n",
               counters.errors);
  }
}

Result<int> run(const PipeOptions& options) {
  OBS_TRY(const auto engine_options, to_engine_options(options));
  OBS_TRY(const Job job, make_job(options));
  OBS_TRY(const lang::Plan plan, compile_job(job, engine_options));
  app::Stdout out;
  if (options.explain) {
    OBS_TRY_VOID(out.write(plan.explain()));
    OBS_TRY_VOID(out.flush());
  }
  if (options.explain || options.check) return app::kExitDone;

  app::Interrupts interrupts;
  OBS_TRY(const auto source, open_inputs(job.files, engine_options.max_line));
  interrupts.on_interrupt([&source] { source->stop(); });
  lang::PumpOptions pump_options;
  pump_options.threads =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  pump_options.write = [](std::string_view bytes) { return places::write_all(1, bytes, "stdout"); };
  auto counters = lang::pump(plan, *source, pump_options);
  interrupts.on_interrupt({});
  if (!counters) return fail(std::move(counters).error());
  report(*counters, options.verbose);
  return interrupts.requested() ? interrupts.exit_code() : app::kExitDone;
}

}  // namespace
}  // namespace obs::pipe

int main(int argc, char** argv) {
  return obs::app::run<obs::pipe::PipeOptions>(argc, argv, obs::pipe::run);
}
