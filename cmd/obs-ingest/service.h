// A running obs-ingest: its ports, what it takes in beside them, and what stands between these and
// the sink.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "cmd/obs-ingest/front.h"
#include "cmd/obs-ingest/log_sources.h"
#include "cmd/obs-ingest/options.h"
#include "libobs/api/health.h"
#include "libobs/api/key_gate.h"
#include "libobs/api/receiver.h"
#include "libobs/app/log.h"
#include "libobs/base/memory_budget.h"
#include "libobs/pipeline/series_guard.h"
#include "libobs/pipeline/sink.h"
#include "libobs/scrape/scraper.h"

namespace obs::ingest {

// What SIGHUP does, in order.
using Reloads = std::vector<std::function<void()>>;

// One thread, on which the first of its loops runs.
class Service {
 public:
  // Binds the ports; nothing is taken yet. All of these outlive the service. `reloads` comes before
  // what the service itself reads again.
  static Result<std::unique_ptr<Service>> open(const IngestOptions& options,
                                               const Settings& settings, pipeline::Sink& sink,
                                               Reloads reloads, Registry& registry,
                                               const app::Log& log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Serves until a signal, or until the reader of standard output is gone; then lets what is under
  // way come to its end, and closes the sink.
  Result<void> run();

 private:
  Service(const IngestOptions& options, const Settings& settings, pipeline::Sink& sink,
          Reloads reloads, Registry& registry, const app::Log& log);

  api::ReceiverOptions receiver_options();
  Result<void> open_fronts();
  Result<void> open_sources();
  void open_scraper();
  void plan_reloads();

  Result<void> announce() const;
  void serve();
  void end_fronts();
  Result<void> close();
  void tell_summaries() const;

  void reload_keys();
  void reload_tls();
  void reload_scrape();

  const IngestOptions& options_;
  const Settings& settings_;
  pipeline::Sink& sink_;
  Reloads reloads_;
  Registry& registry_;
  const app::Log& log_;

  MemoryBudget budget_;
  pipeline::SeriesGuard guard_;
  std::unique_ptr<api::KeyGate> gate_;  // Null: everybody may send, and as much as they like.
  std::atomic<net::Loop*> main_loop_ = nullptr;  // Null: not to be stopped, or no more.
  api::Receiver receiver_;
  const api::AdminHandler admin_;
  std::vector<std::unique_ptr<Front>> fronts_;
  std::unique_ptr<LogSources> logs_;
  std::unique_ptr<scrape::Scraper> scraper_;  // Null without --scrape.
};

}  // namespace obs::ingest
