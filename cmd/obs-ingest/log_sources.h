// What obs-ingest takes in beside its HTTP and gRPC ports: syslog, and files that it follows.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libobs/app/log.h"
#include "libobs/app/run.h"
#include "libobs/base/metrics.h"
#include "libobs/net/loop.h"
#include "libobs/net/tls_server.h"
#include "libobs/pipeline/sink.h"
#include "libobs/places/syslog_receiver.h"

namespace obs::ingest {

struct LogSourceOptions {
  places::SyslogAddresses syslog;
  std::vector<std::string> tail;
  std::string tail_state;
  std::string multiline;

  void declare(CLI::App& app);
  // kInvalidArgument names the option and says what would be right.
  Result<void> check(bool has_certificate) const;
};

// Loop thread only.
class LogSources {
 public:
  // Opens what the options ask for, which may be nothing. All of these outlive it. `project_of` is
  // for syslog over TLS.
  static Result<std::unique_ptr<LogSources>> open(const LogSourceOptions& options,
                                                  std::shared_ptr<const net::TlsContext> tls,
                                                  net::Loop& loop, pipeline::Sink& sink,
                                                  Registry& registry, const app::Log& log,
                                                  places::ProjectOf project_of = nullptr);
  virtual ~LogSources() = default;

  // For connections from now on.
  virtual void set_tls(std::shared_ptr<const net::TlsContext> tls) = 0;

  // Hands over what has come and waits until the sink has it, for as long as a stop may take.
  virtual Result<void> close() = 0;
  // What became of everything; empty when nothing was opened.
  virtual std::string summary() const = 0;
};

}  // namespace obs::ingest
