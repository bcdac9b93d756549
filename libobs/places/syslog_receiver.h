// SyslogReceiver: syslog over UDP and TCP, on one port, and over TLS on another, into a sink.
//
// Messages are gathered for a moment and written as batches. A sink that cannot take them now makes
// peers over TCP wait; UDP knows no waiting, so what then goes beyond a bound is dropped, counted
// (in the ledger as failed, and as obs_places_syslog_messages_dropped_total) and told once.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/net/loop.h"
#include "libobs/net/tls_server.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

// Where to listen, as HttpServer::listen() takes it; empty: nowhere.
struct SyslogAddresses {
  std::string plain;  // Over UDP and TCP; port 0 takes one that is free for both.
  std::string tls;    // Over TLS, which needs a context.
};

// The project of a peer by the names in its certificate; nullopt: it may not send.
using ProjectOf = std::function<std::optional<std::string>(const std::vector<std::string>&)>;

// Loop thread only.
class SyslogReceiver {
 public:
  // All of these outlive the receiver. `warn` may be called on any thread. What comes from a peer
  // without a certificate, or from any when `project_of` is null, is of the project `default`.
  static Result<std::unique_ptr<SyslogReceiver>> listen(net::Loop& loop,
                                                        const SyslogAddresses& addresses,
                                                        std::shared_ptr<const net::TlsContext> tls,
                                                        pipeline::Sink& sink, Registry& registry,
                                                        std::function<void(std::string_view)> warn,
                                                        ProjectOf project_of = nullptr);
  virtual ~SyslogReceiver() = default;

  virtual SyslogAddresses addresses() const = 0;  // As bound.
  // For connections from now on.
  virtual void set_tls(std::shared_ptr<const net::TlsContext> tls) = 0;
  // Reads what has arrived, closes the sockets and hands all of it to the sink.
  virtual void close() = 0;
  // After close(): waits until the sink has answered, pipeline::kStopGrace and a second at most.
  virtual void finish() = 0;
  // What became of everything, as Ledger::summary().
  virtual std::string summary() const = 0;
};

}  // namespace obs::places
