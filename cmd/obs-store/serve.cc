#include "cmd/obs-store/serve.h"

#include <thread>
#include <utility>

#include <fmt/format.h>

#include "libobs/api/health.h"
#include "libobs/base/fs.h"
#include "libobs/net/http_server.h"
#include "libobs/net/loop.h"

namespace obs::store_command {
namespace {

using model::Value;

Result<void> announce(const StoreOptions& options, const Settings& settings,
                      const std::string& address, const app::Log& log) {
  if (!options.port_file.empty() && !address.empty()) {
    const std::string port = address.substr(address.rfind(':') + 1) + "\n";
    OBS_TRY_VOID(system_fs().replace_file(options.port_file, port));
  }
  if (settings.endless) {
    log.info("storing", {{"from", Value::string(settings.from.text)},
                         {"to", Value::string(settings.to.text)},
                         {"http.address", Value::string(address.empty() ? "none" : address)}});
  }
  return {};
}

// Runs the source beside the loop. Its end ends the loop, and the loop's end ends it.
Result<void> read_until_stopped(net::Loop& loop, pipeline::Source& source, pipeline::Sink& sink) {
  Result<void> read;
  std::jthread reader([&](std::stop_token stop) {
    read = source.run(sink, std::move(stop));
    loop.stop();
  });
  loop.run_until_signal();
  reader.request_stop();
  reader.join();
  return read;
}

}  // namespace

void SourceHealth::set(pipeline::Health health) {
  std::lock_guard lock(mutex_);
  const bool was_ready = health_ && health_->ready;
  if (health.ready && !was_ready) log_.info("connected", {{"peer", Value::string(health.name)}});
  if (!health.ready && was_ready) log_.warn(health.detail);
  health_ = std::move(health);
}

std::vector<pipeline::Health> SourceHealth::get() const {
  std::lock_guard lock(mutex_);
  if (!health_) return {};
  return {*health_};
}

Result<void> serve(const StoreOptions& options, const Settings& settings, pipeline::Source& source,
                   pipeline::Sink& sink, const SourceHealth& health, Registry& registry,
                   const app::Log& log) {
  net::Loop loop;
  const api::AdminHandler admin(std::string(StoreOptions::kName), OBS_VERSION, registry, [&] {
    auto all = sink.health();
    for (pipeline::Health& source_health : health.get()) all.push_back(std::move(source_health));
    return all;
  });
  net::FunctionHandler handler(
      [&admin](const proto::HttpRequest& request) { return admin.answer_all(request); });
  std::unique_ptr<net::HttpServer> server;
  if (!settings.http.empty()) {
    OBS_TRY(server, net::HttpServer::listen(loop, settings.http, handler, registry));
  }
  // From the loop, when signals are caught already: who reads the line may send one at once.
  Result<void> announced;
  loop.post([&] {
    announced = announce(options, settings, server ? server->address() : "", log);
    if (!announced) loop.stop();
  });
  auto read = read_until_stopped(loop, source, sink);
  server.reset();
  loop.close();
  return announced ? read : announced;
}

}  // namespace obs::store_command
