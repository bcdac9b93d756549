// obs-ingest(1): receive telemetry and write it to any place.

#include "cmd/obs-ingest/options.h"
#include "cmd/obs-ingest/service.h"
#include "libobs/app/stdout.h"
#include "libobs/lang/engine.h"
#include "libobs/lang/parser.h"
#include "libobs/pipeline/fanout.h"
#include "libobs/places/pipe_sink.h"

namespace obs::ingest {
namespace {

Result<std::unique_ptr<pipeline::Sink>> open_sinks(const Settings& settings, Registry& registry,
                                                   const app::Log& log) {
  std::vector<std::unique_ptr<pipeline::Sink>> sinks;
  for (const places::Address& address : settings.to) {
    places::OpenContext context{registry, std::string(IngestOptions::kName)};
    context.warn = [&log](std::string_view message) { log.warn(message); };
    context.store = settings.store;
    OBS_TRY(auto sink, places::open_sink(address, std::move(context)));
    sinks.push_back(std::move(sink));
  }
  return pipeline::join_sinks(std::move(sinks));
}

// Requests under way have seen the old program, whole.
void reload_program(const IngestOptions& options, const Settings& settings, places::PipeSink& sink,
                    const app::Log& log) {
  const auto done = sink.replace(read_program(options, settings.redact_key));
  if (done) return log.info("took the new program of " + options.pipe_file);
  log.error("the program stays as it was: " + done.error().message);
}

Result<void> serve(const IngestOptions& options, const Settings& settings, pipeline::Sink& sink,
                   Reloads reloads, Registry& registry, const app::Log& log) {
  OBS_TRY(const auto service,
          Service::open(options, settings, sink, std::move(reloads), registry, log));
  return service->run();
}

// The program has been compiled once, as a receiver asks of one; here again for its plan alone.
Result<void> explain(const IngestOptions& options, const Settings& settings) {
  if (!settings.program)
    return fail(Errc::kInvalidArgument,
                "--explain says how the program of --pipe or --pipe-file would run; give one");
  OBS_TRY(const places::ProgramText source, read_program_text(options, settings.redact_key));
  auto program = lang::parse(source.text);
  if (!program) return fail(Errc::kInvalidArgument, program.error().message);
  lang::EngineOptions engine;
  engine.now = system_clock().now();
  engine.redact_key = source.redact_key;
  const auto plan = lang::compile(std::move(*program), engine);
  if (!plan) return fail(Errc::kInvalidArgument, plan.error().message);
  app::Stdout out;
  OBS_TRY_VOID(out.write(plan->explain()));
  return out.flush();
}

Result<void> ingest(const IngestOptions& options) {
  OBS_TRY(const Settings settings, make_settings(options));
  if (options.explain) return explain(options, settings);
  const app::Log log(std::string(IngestOptions::kName),
                     options.verbose ? app::Level::kDebug : app::Level::kInfo);
  if (options.check) {
    log.info("the options make sense");
    return {};
  }
  Registry registry;
  OBS_TRY(auto sink, open_sinks(settings, registry, log));
  if (!settings.program) return serve(options, settings, *sink, {}, registry, log);
  OBS_TRY(const auto pipe,
          places::PipeSink::open(std::move(sink), settings.program, options.state, registry,
                                 [&log](std::string_view message) { log.warn(message); }));
  Reloads reloads;
  if (!options.pipe_file.empty())
    reloads.push_back([&] { reload_program(options, settings, *pipe, log); });
  return serve(options, settings, *pipe, std::move(reloads), registry, log);
}

}  // namespace
}  // namespace obs::ingest

int main(int argc, char** argv) {
  return obs::app::run<obs::ingest::IngestOptions>(argc, argv, obs::ingest::ingest);
}
