// obs-ingest(1): receive telemetry and write it to any place.

#include <fmt/format.h>

#include "cmd/obs-ingest/front.h"
#include "cmd/obs-ingest/options.h"
#include "libobs/api/elastic_door.h"
#include "libobs/api/event_doors.h"
#include "libobs/api/grpc_doors.h"
#include "libobs/api/journal_door.h"
#include "libobs/api/key_gate.h"
#include "libobs/api/loki_door.h"
#include "libobs/api/ndjson_door.h"
#include "libobs/api/otlp_door.h"
#include "libobs/api/remote_write_door.h"
#include "libobs/api/zipkin_door.h"
#include "libobs/app/log.h"
#include "libobs/app/stdout.h"
#include "libobs/base/fs.h"
#include "libobs/base/mapped_pages.h"
#include "libobs/base/memory_budget.h"
#include "libobs/pipeline/fanout.h"
#include "libobs/places/pipe_sink.h"
#include "libobs/scrape/scraper.h"

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

// The protocols of the HTTP port. The first answers for paths that nobody knows.
api::Receiver::Doors open_doors() {
  api::Receiver::Doors doors;
  doors.push_back(std::make_unique<api::OtlpDoor>());
  doors.push_back(std::make_unique<api::OtlpGrpcDoor>());
  doors.push_back(std::make_unique<api::AgentDoor>());
  doors.push_back(std::make_unique<api::RemoteWriteDoor>());
  doors.push_back(std::make_unique<api::LokiDoor>());
  doors.push_back(std::make_unique<api::ElasticDoor>());
  doors.push_back(std::make_unique<api::NdjsonDoor>());
  doors.push_back(std::make_unique<api::JournalDoor>());
  doors.push_back(std::make_unique<api::ZipkinDoor>());
  doors.push_back(std::make_unique<api::SentryDoor>());
  doors.push_back(std::make_unique<api::FaroDoor>());
  doors.push_back(std::make_unique<api::RumDoor>());
  return doors;
}

using Fronts = std::vector<std::unique_ptr<Front>>;
// What SIGHUP does, in order.
using Reloads = std::vector<std::function<void()>>;

// Requests under way have seen the old program, whole.
void reload_program(const IngestOptions& options, const Settings& settings, places::PipeSink& sink,
                    const app::Log& log) {
  const auto done = sink.replace(read_program(options, settings.redact_key));
  if (done) return log.info("took the new program of " + options.pipe_file);
  log.error("the program stays as it was: " + done.error().message);
}

void reload_keys(const IngestOptions& options, api::KeyGate& gate, const app::Log& log) {
  auto keys = read_keys(options);
  if (!keys) return log.error("the keys stay as they were: " + keys.error().message);
  gate.replace(std::move(*keys));
  log.info("took the new keys of " + options.keys);
}

// Connections that stand keep what they began with.
void reload_tls(const IngestOptions& options, const Fronts& fronts, LogSources& logs,
                const app::Log& log) {
  auto tls = read_tls(options);
  if (!tls) return log.error("the certificate stays as it was: " + tls.error().message);
  logs.set_tls(*tls);
  for (const auto& front : fronts) front->set_tls(*tls);
  log.info("took the new certificate of " + options.tls.certificate);
}

// Null when nobody is asked who they are and nothing is limited.
std::unique_ptr<api::KeyGate> open_gate(const IngestOptions& options, const Settings& settings,
                                        Registry& registry) {
  if (options.keys.empty() && settings.client_limits.is_none()) return nullptr;
  return std::make_unique<api::KeyGate>(settings.keys, settings.client_limits, registry,
                                        system_clock());
}

// Null without --scrape.
std::unique_ptr<scrape::Scraper> open_scraper(const Settings& settings, pipeline::Sink& sink,
                                              pipeline::SeriesGuard& guard, Registry& registry,
                                              const app::Log& log) {
  if (!settings.scrape) return nullptr;
  using Level = scrape::Scraper::Level;
  auto scraper = std::make_unique<scrape::Scraper>(scrape::Scraper::Context{
      sink, &guard, registry, system_clock(), [&log](Level level, std::string_view message) {
        if (level == Level::kWarn) return log.warn(message);
        log.info(message);
      }});
  scraper->apply(*settings.scrape);
  return scraper;
}

void reload_scrape(const IngestOptions& options, scrape::Scraper& scraper, const app::Log& log) {
  auto config = scrape::load_config(options.scrape);
  if (!config) return log.error("scraping stays as it was: " + config.error().message);
  scraper.apply(std::move(*config));
  log.info("took the new targets of " + options.scrape);
}

Result<void> write_port(const std::string& file, const std::string& address) {
  if (file.empty()) return {};
  return system_fs().replace_file(file, address.substr(address.rfind(':') + 1) + "\n");
}

// The port file last: who finds it has everything.
Result<void> announce(const IngestOptions& options, const Settings& settings, const Front& bound,
                      const app::Log& log) {
  std::string to;
  for (const places::Address& place : settings.to) to += (to.empty() ? "" : " ") + place.text;
  log.info("listening", {{"http.address", model::Value::string(bound.http_address())},
                         {"grpc.address", model::Value::string(bound.grpc_address())},
                         {"to", model::Value::string(to)}});
  if (settings.writes_to("-"))
    log.warn("acknowledged means handed to the reader of standard output, not stored");
  if (settings.writes_to("null")) log.warn("acknowledged means thrown away");
  OBS_TRY_VOID(write_port(options.grpc_port_file, bound.grpc_address()));
  return write_port(options.port_file, bound.http_address());
}

// One for each worker. The first binds the ports, the others share them.
Result<Fronts> open_fronts(const IngestOptions& options, const Settings& settings,
                           MemoryBudget& budget, api::Receiver& receiver,
                           const api::AdminHandler& admin, Registry& registry) {
  FrontOptions wanted{options.http,        options.grpc == "none" ? "" : options.grpc,
                      settings.body_bytes, &budget,
                      options.workers > 1, settings.tls};
  Fronts fronts;
  for (int i = 0; i < options.workers; ++i) {
    OBS_TRY(auto front, Front::open(wanted, receiver, admin, registry));
    wanted.http = front->http_address();
    wanted.grpc = front->grpc_address();
    fronts.push_back(std::move(front));
  }
  return fronts;
}

// The others run on threads of their own while the first, on this one, hears signals.
void run(Fronts& fronts, const Reloads& reloads) {
  for (std::size_t i = 1; i < fronts.size(); ++i) fronts[i]->start();
  fronts.front()->loop().run_until_signal([&] {
    for (const auto& reload : reloads) reload();
  });
}

// All at once, so that the time for what is under way is one and the same.
void end(Fronts& fronts) {
  for (std::size_t i = 1; i < fronts.size(); ++i) fronts[i]->loop().stop();
  fronts.front()->finish();
  for (std::size_t i = 1; i < fronts.size(); ++i) fronts[i]->stop();
}

// Serves until a signal, then lets what is under way come to its end.
Result<void> serve(const IngestOptions& options, const Settings& settings, pipeline::Sink& sink,
                   Reloads reloads, Registry& registry, const app::Log& log) {
  MemoryBudget budget(settings.request_bytes);
  pipeline::SeriesGuard guard(settings.series, registry, system_clock(),
                              [&log](std::string_view message) { log.warn(message); });
  std::atomic<net::Loop*> main_loop = nullptr;
  api::ReceiverOptions received;
  received.guard = &guard;
  received.body_bytes = settings.body_bytes;
  received.budget = &budget;
  received.cors = settings.cors;
  received.on_sink_error = [&](const Error& error) {
    if (!app::is_reader_gone(error)) return;
    if (net::Loop* loop = main_loop.exchange(nullptr)) loop->stop();
  };
  const auto gate = open_gate(options, settings, registry);
  if (!options.keys.empty()) reloads.push_back([&] { reload_keys(options, *gate, log); });
  api::Receiver receiver(open_doors(), gate.get(), sink, registry, system_clock(), received);
  const api::AdminHandler admin(std::string(IngestOptions::kName), OBS_VERSION, registry,
                                [&sink] { return sink.health(); });
  OBS_TRY(Fronts fronts, open_fronts(options, settings, budget, receiver, admin, registry));
  net::Loop& loop = fronts.front()->loop();
  main_loop = &loop;

  OBS_TRY(auto logs, LogSources::open(options.logs, settings.tls, loop, sink, registry, log));
  if (settings.tls) reloads.push_back([&] { reload_tls(options, fronts, *logs, log); });

  const auto scraper = open_scraper(settings, sink, guard, registry, log);
  if (scraper != nullptr) reloads.push_back([&] { reload_scrape(options, *scraper, log); });

  // From the loop, when signals are caught already: who reads the line may send one at once.
  Result<void> announced;
  loop.post([&] {
    announced = announce(options, settings, *fronts.front(), log);
    if (!announced) loop.stop();
    release_file_pages();
  });
  run(fronts, reloads);

  main_loop = nullptr;
  sink.give_up_after(pipeline::kStopGrace);
  end(fronts);
  const auto logs_closed = logs->close();
  if (scraper != nullptr) scraper->stop();
  auto closed = sink.close();
  for (const auto& front : fronts) front->close();
  if (options.verbose) log.info(receiver.summary());
  if (scraper != nullptr && options.verbose) log.info(scraper->summary());
  if (const auto told = logs->summary(); options.verbose && !told.empty()) log.info(told);
  if (!announced) return announced;
  if (!logs_closed) return logs_closed;
  return closed;
}

Result<void> ingest(const IngestOptions& options) {
  OBS_TRY(const Settings settings, make_settings(options));
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
