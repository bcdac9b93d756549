// obs-store(1): put a stream of records to rest in a store, or look after one.

#include "cmd/obs-store/care_commands.h"
#include "cmd/obs-store/options.h"
#include "cmd/obs-store/serve.h"
#include "libobs/app/log.h"
#include "libobs/pipeline/ledger.h"

namespace obs::store_command {
namespace {

app::Level choose_level(const StoreOptions& options, const Settings& settings) {
  if (options.verbose) return app::Level::kDebug;
  // A filter in a pipe is quiet.
  return settings.endless ? app::Level::kInfo : app::Level::kWarn;
}

Result<void> store(const StoreOptions& options) {
  if (!options.care.command.empty()) return run_care(options.care);
  OBS_TRY(const Settings settings, make_settings(options));
  const app::Log log(std::string(StoreOptions::kName), choose_level(options, settings));
  if (options.check) return {};
  Registry registry;
  SourceHealth health(log);
  places::OpenContext context{registry, std::string(StoreOptions::kName), options.follow,
                              options.strict};
  context.store = settings.writer;
  context.health = [&health](pipeline::Health told) { health.set(std::move(told)); };
  // At the end of an input the error says it all.
  if (settings.endless || options.verbose) {
    context.warn = [&log](std::string_view message) { log.warn(message); };
  }
  // The source first: a file that is not there makes no store.
  OBS_TRY(auto source, places::open_source(settings.from, context));
  OBS_TRY(auto sink, places::open_sink(settings.to, context));
  auto read = serve(options, settings, *source, *sink, health, registry, log);
  source.reset();
  auto closed = sink->close();
  if (options.verbose) log.info(pipeline::Ledger(registry, "store").summary());
  return read ? closed : read;
}

}  // namespace
}  // namespace obs::store_command

int main(int argc, char** argv) {
  return obs::app::run<obs::store_command::StoreOptions>(argc, argv, obs::store_command::store);
}
