// Scraper: scrapes targets and hands their samples to a sink, until it is told to stop.
//
// Each target has a thread of its own, which mostly sleeps: so that one that hangs holds up nobody,
// and each is scraped at its time. One more thread reads files of targets. A batch that the sink
// cannot take now is offered again until the target's next scrape, then counted as failed.

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/series_guard.h"
#include "libobs/pipeline/sink.h"
#include "libobs/scrape/config.h"
#include "libobs/scrape/target.h"

namespace obs::scrape {

// Threads. Larger fleets share the targets among several obs-ingest by hashmod.
inline constexpr std::size_t kMaxTargets = 1000;

// Config of a file. kInvalidArgument: it cannot be read, or what parse_config() says, with its
// name.
Result<Config> load_config(const std::string& path);

class Scraper {
 public:
  enum class Level { kInfo, kWarn };
  struct Context {
    pipeline::Sink& sink;
    pipeline::SeriesGuard* guard = nullptr;  // Null: none.
    Registry& registry;
    const Clock& clock;
    std::function<void(Level, std::string_view)> log;  // From any of its threads.
  };

  // What the context names outlives the scraper.
  explicit Scraper(Context context);
  ~Scraper();

  // Scrapes what `config` says from now on, and no more what an earlier one said. Targets that are
  // the same go on undisturbed; series of those that are gone get their staleness markers. Returns
  // at once; any thread.
  void apply(Config config);

  // Ends all scrapes, within a second, and waits for what the sink still has of them. Series are
  // not marked: who starts again goes on with them. The sink is used no more after that.
  void stop();

  std::string summary() const { return ledger_.summary(); }

 private:
  class Runner;
  struct Job;

  void watch();
  void take(Config config);
  void refresh();
  std::vector<Target> find_targets(std::vector<std::string>& problems);
  void start_and_end(std::vector<Target> targets);
  void log(Level level, std::string_view text) const { context_.log(level, text); }

  const Context context_;
  pipeline::Ledger ledger_;
  Gauge& targets_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::optional<Config> next_;

  // The watcher's alone.
  std::vector<Job> jobs_;
  std::map<std::string, std::unique_ptr<Runner>> runners_;  // By the target's key.
  std::vector<std::string> told_;                           // Problems, so that each is told once.
  std::thread watcher_;
};

}  // namespace obs::scrape
