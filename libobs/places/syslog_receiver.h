// SyslogReceiver: syslog over UDP and TCP, on one port, into a sink.
//
// Messages are gathered for a moment and written as batches. A sink that cannot take them now makes
// TCP peers wait; UDP knows no waiting, so what then goes beyond a bound is dropped, counted (in
// the ledger as failed, and as obs_places_syslog_messages_dropped_total) and told once.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/net/loop.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

// Loop thread only.
class SyslogReceiver {
 public:
  // `address` as HttpServer::listen() takes it; port 0 takes one that is free for both. All of
  // these outlive the receiver. `warn` may be called on any thread.
  static Result<std::unique_ptr<SyslogReceiver>> listen(net::Loop& loop, std::string_view address,
                                                        pipeline::Sink& sink, Registry& registry,
                                                        std::function<void(std::string_view)> warn);
  virtual ~SyslogReceiver() = default;

  virtual std::string address() const = 0;  // As bound.
  // Reads what has arrived, closes the sockets and hands all of it to the sink.
  virtual void close() = 0;
  // After close(): waits until the sink has answered, pipeline::kStopGrace and a second at most.
  virtual void finish() = 0;
  // What became of everything, as Ledger::summary().
  virtual std::string summary() const = 0;
};

}  // namespace obs::places
