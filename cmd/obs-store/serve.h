// The running obs-store: a source read on a thread of its own, and a loop that waits for signals
// and answers who asks how it is.

#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "cmd/obs-store/options.h"
#include "libobs/app/log.h"
#include "libobs/base/metrics.h"
#include "libobs/pipeline/sink.h"

namespace obs::store_command {

// What the source says of its peer. Any thread.
class SourceHealth {
 public:
  explicit SourceHealth(const app::Log& log) : log_(log) {}

  void set(pipeline::Health health);
  // Nothing for a source without a peer.
  std::vector<pipeline::Health> get() const;

 private:
  const app::Log& log_;
  mutable std::mutex mutex_;
  std::optional<pipeline::Health> health_;
};

// Reads until the input is over or a signal comes; then what was read is in the sink. The sink is
// not closed.
Result<void> serve(const StoreOptions& options, const Settings& settings, pipeline::Source& source,
                   pipeline::Sink& sink, const SourceHealth& health, Registry& registry,
                   const app::Log& log);

}  // namespace obs::store_command
