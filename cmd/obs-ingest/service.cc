#include "cmd/obs-ingest/service.h"

#include <string>
#include <utility>

#include "libobs/api/elastic_door.h"
#include "libobs/api/event_doors.h"
#include "libobs/api/grpc_doors.h"
#include "libobs/api/journal_door.h"
#include "libobs/api/loki_door.h"
#include "libobs/api/ndjson_door.h"
#include "libobs/api/otlp_door.h"
#include "libobs/api/remote_write_door.h"
#include "libobs/api/zipkin_door.h"
#include "libobs/app/stdout.h"
#include "libobs/base/fs.h"
#include "libobs/base/mapped_pages.h"

namespace obs::ingest {
namespace {

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

std::unique_ptr<api::KeyGate> open_gate(const IngestOptions& options, const Settings& settings,
                                        Registry& registry) {
  if (options.keys.empty() && settings.client_limits.is_none()) return nullptr;
  return std::make_unique<api::KeyGate>(settings.keys, settings.client_limits, registry,
                                        system_clock());
}

// By the certificates of senders that show no key; null where nobody is asked who they are.
places::ProjectOf project_by(api::KeyGate* gate) {
  if (gate == nullptr) return nullptr;
  return [gate](const std::vector<std::string>& names) { return gate->find_project(names); };
}

Result<void> write_port(const std::string& file, const std::string& address) {
  if (file.empty()) return {};
  return system_fs().replace_file(file, address.substr(address.rfind(':') + 1) + "\n");
}

}  // namespace

Service::Service(const IngestOptions& options, const Settings& settings, pipeline::Sink& sink,
                 Reloads reloads, Registry& registry, const app::Log& log)
    : options_(options),
      settings_(settings),
      sink_(sink),
      reloads_(std::move(reloads)),
      registry_(registry),
      log_(log),
      budget_(settings.request_bytes / 3 * 2),  // It may be overdrawn by half.
      guard_(settings.series, registry, system_clock(),
             [&log](std::string_view message) { log.warn(message); }),
      gate_(open_gate(options, settings, registry)),
      receiver_(open_doors(), gate_.get(), sink, registry, system_clock(), receiver_options()),
      admin_(std::string(IngestOptions::kName), OBS_VERSION, registry,
             [&sink] { return sink.health(); }) {}

Result<std::unique_ptr<Service>> Service::open(const IngestOptions& options,
                                               const Settings& settings, pipeline::Sink& sink,
                                               Reloads reloads, Registry& registry,
                                               const app::Log& log) {
  std::unique_ptr<Service> service(
      new Service(options, settings, sink, std::move(reloads), registry, log));
  OBS_TRY_VOID(service->open_fronts());
  OBS_TRY_VOID(service->open_sources());
  service->open_scraper();
  service->plan_reloads();
  return service;
}

api::ReceiverOptions Service::receiver_options() {
  api::ReceiverOptions wanted;
  wanted.body_bytes = settings_.body_bytes;
  wanted.budget = &budget_;
  wanted.cors = settings_.cors;
  wanted.guard = &guard_;
  wanted.on_sink_error = [this](const Error& error) {
    if (!app::is_reader_gone(error)) return;
    if (net::Loop* loop = main_loop_.exchange(nullptr)) loop->stop();
  };
  return wanted;
}

// One for each worker. The first binds the ports, the others share them.
Result<void> Service::open_fronts() {
  FrontOptions wanted{options_.http,        options_.grpc == "none" ? "" : options_.grpc,
                      settings_.body_bytes, &budget_,
                      options_.workers > 1, settings_.tls};
  for (int i = 0; i < options_.workers; ++i) {
    OBS_TRY(auto front, Front::open(wanted, receiver_, admin_, registry_));
    wanted.http = front->http_address();
    wanted.grpc = front->grpc_address();
    fronts_.push_back(std::move(front));
  }
  main_loop_ = &fronts_.front()->loop();
  return {};
}

Result<void> Service::open_sources() {
  OBS_TRY(logs_, LogSources::open(options_.logs, settings_.tls, fronts_.front()->loop(), sink_,
                                  registry_, log_, project_by(gate_.get())));
  return {};
}

void Service::open_scraper() {
  if (!settings_.scrape) return;
  using Level = scrape::Scraper::Level;
  scraper_ = std::make_unique<scrape::Scraper>(scrape::Scraper::Context{
      sink_, &guard_, registry_, system_clock(), [this](Level level, std::string_view message) {
        if (level == Level::kWarn) return log_.warn(message);
        log_.info(message);
      }});
  scraper_->apply(*settings_.scrape);
}

void Service::plan_reloads() {
  if (!options_.keys.empty()) reloads_.push_back([this] { reload_keys(); });
  if (settings_.tls) reloads_.push_back([this] { reload_tls(); });
  if (scraper_ != nullptr) reloads_.push_back([this] { reload_scrape(); });
}

Result<void> Service::run() {
  // From the loop, when signals are caught already: who reads the line may send one at once.
  Result<void> announced;
  net::Loop& loop = fronts_.front()->loop();
  loop.post([&] {
    announced = announce();
    if (!announced) loop.stop();
    release_file_pages();
  });
  serve();
  main_loop_ = nullptr;
  sink_.give_up_after(pipeline::kStopGrace);
  end_fronts();
  auto closed = close();
  if (options_.verbose) tell_summaries();
  return announced ? std::move(closed) : std::move(announced);
}

// The port file last: who finds it has everything.
Result<void> Service::announce() const {
  const Front& bound = *fronts_.front();
  std::string to;
  for (const places::Address& place : settings_.to) to += (to.empty() ? "" : " ") + place.text;
  log_.info("listening", {{"http.address", model::Value::string(bound.http_address())},
                          {"grpc.address", model::Value::string(bound.grpc_address())},
                          {"to", model::Value::string(to)}});
  if (settings_.writes_to("-"))
    log_.warn("acknowledged means handed to the reader of standard output, not stored");
  if (settings_.writes_to("null")) log_.warn("acknowledged means thrown away");
  OBS_TRY_VOID(write_port(options_.grpc_port_file, bound.grpc_address()));
  return write_port(options_.port_file, bound.http_address());
}

// The other loops run on threads of their own while the first, on this one, hears signals.
void Service::serve() {
  for (std::size_t i = 1; i < fronts_.size(); ++i) fronts_[i]->start();
  fronts_.front()->loop().run_until_signal([this] {
    for (const auto& reload : reloads_) reload();
  });
}

// All at once, so that the time for what is under way is one and the same.
void Service::end_fronts() {
  for (std::size_t i = 1; i < fronts_.size(); ++i) fronts_[i]->loop().stop();
  fronts_.front()->finish();
  for (std::size_t i = 1; i < fronts_.size(); ++i) fronts_[i]->stop();
}

// The sink last of those that write and are acked, but before the loops on which its acks are run.
Result<void> Service::close() {
  auto logs_closed = logs_->close();
  if (scraper_ != nullptr) scraper_->stop();
  auto closed = sink_.close();
  for (const auto& front : fronts_) front->close();
  return logs_closed ? std::move(closed) : std::move(logs_closed);
}

void Service::tell_summaries() const {
  log_.info(receiver_.summary());
  if (scraper_ != nullptr) log_.info(scraper_->summary());
  if (const auto told = logs_->summary(); !told.empty()) log_.info(told);
}

void Service::reload_keys() {
  auto keys = read_keys(options_);
  if (!keys) return log_.error("the keys stay as they were: " + keys.error().message);
  gate_->replace(std::move(*keys));
  log_.info("took the new keys of " + options_.keys);
}

// Connections that stand keep what they began with.
void Service::reload_tls() {
  auto tls = read_tls(options_);
  if (!tls) return log_.error("the certificate stays as it was: " + tls.error().message);
  logs_->set_tls(*tls);
  for (const auto& front : fronts_) front->set_tls(*tls);
  log_.info("took the new certificate of " + options_.tls.certificate);
}

void Service::reload_scrape() {
  auto config = scrape::load_config(options_.scrape);
  if (!config) return log_.error("scraping stays as it was: " + config.error().message);
  scraper_->apply(std::move(*config));
  log_.info("took the new targets of " + options_.scrape);
}

}  // namespace obs::ingest
