// The thread of one target. For libobs/scrape/scraper.cc.

#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libobs/scrape/fetch.h"
#include "libobs/scrape/scraper.h"
#include "libobs/scrape/target_series.h"

namespace obs::scrape {

class Scraper::Runner {
 public:
  Runner(const Context& context, pipeline::Ledger& ledger, Target target);
  ~Runner();

  // Ends the thread soon; `ended` has the target's series marked as such first. Returns at once.
  void stop(bool ended);

 private:
  void run();
  // False: it is to stop.
  bool wait_until(Timestamp due);
  void scrape(Timestamp due);
  void note(const Result<codec::Exposition>& outcome);
  // Until the sink has it, or `deadline` of the wall clock.
  void write(model::Batch&& batch, Timestamp deadline);
  Result<void> offer(const model::BatchPtr& batch);
  void admit(model::Batch& batch);
  bool pause(Duration time);

  const Context& context_;
  pipeline::Ledger& ledger_;
  const std::shared_ptr<const Target> target_;
  TargetSeries series_;
  std::unique_ptr<Fetcher> fetcher_;
  std::optional<Errc> problem_;  // Of the last scrape.

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace obs::scrape
