#include "cmd/obs-ingest/log_sources.h"

#include <functional>
#include <stop_token>
#include <thread>
#include <utility>

#include "libobs/net/listen_address.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/file_tail.h"

namespace obs::ingest {
namespace {

Result<codec::MultilineRule> parse_multiline(const std::string& text) {
  if (text.empty()) return codec::MultilineRule();
  return codec::MultilineRule::parse(text);
}

Result<void> check_address(std::string_view option, const std::string& text) {
  if (text.empty()) return {};
  auto address = net::parse_listen_address(text);
  if (!address) return fail(std::move(address).error().during(option));
  return {};
}

class Sources final : public LogSources {
 public:
  Sources(pipeline::Sink& sink, Registry& registry, const app::Log& log)
      : sink_(sink), registry_(registry), log_(log) {}
  ~Sources() override { (void)close(); }

  Result<void> open(const LogSourceOptions& options, std::shared_ptr<const net::TlsContext> tls,
                    places::ProjectOf project_of, net::Loop& loop) {
    OBS_TRY_VOID(open_syslog(options.syslog, std::move(tls), std::move(project_of), loop));
    return open_tail(options, loop);
  }

  void set_tls(std::shared_ptr<const net::TlsContext> tls) override {
    if (syslog_) syslog_->set_tls(std::move(tls));
  }

  Result<void> close() override {
    if (tailing_.joinable()) tailing_.request_stop();
    if (syslog_) {
      syslog_->close();
      syslog_->finish();
      syslog_summary_ = "syslog: " + syslog_->summary();
      syslog_.reset();
    }
    if (tailing_.joinable()) tailing_.join();
    return tailed_;
  }

  std::string summary() const override {
    std::string out = syslog_summary_;
    if (!tail_) return out;
    if (!out.empty()) out += "; ";
    return out + "tail: " + pipeline::Ledger(registry_, "tail").summary();
  }

 private:
  Result<void> open_syslog(const places::SyslogAddresses& wanted,
                           std::shared_ptr<const net::TlsContext> tls, places::ProjectOf project_of,
                           net::Loop& loop) {
    if (wanted.plain.empty() && wanted.tls.empty()) return {};
    OBS_TRY(syslog_, places::SyslogReceiver::listen(loop, wanted, std::move(tls), sink_, registry_,
                                                    make_warn(), std::move(project_of)));
    const places::SyslogAddresses bound = syslog_->addresses();
    log_.info("listening for syslog", {{"syslog.address", model::Value::string(bound.plain)},
                                       {"syslog.tls_address", model::Value::string(bound.tls)}});
    return {};
  }

  Result<void> open_tail(const LogSourceOptions& options, net::Loop& loop) {
    if (options.tail.empty()) return {};
    if (options.tail_state.empty())
      log_.warn("without --tail-state a restart reads the files of --tail from their start again");
    places::FileTailOptions tail;
    tail.patterns = options.tail;
    tail.state = options.tail_state;
    OBS_TRY(tail.multiline, parse_multiline(options.multiline));
    tail.warn = make_warn();
    OBS_TRY(tail_, places::open_file_tail(std::move(tail), registry_));
    tailing_ = std::jthread([this, &loop](const std::stop_token& stop) {
      tailed_ = tail_->run(sink_, stop);
      // It ends by itself only when it cannot go on.
      if (!tailed_) loop.stop();
    });
    return {};
  }

  std::function<void(std::string_view)> make_warn() {
    return [&log = log_](std::string_view message) { log.warn(message); };
  }

  pipeline::Sink& sink_;
  Registry& registry_;
  const app::Log& log_;
  std::unique_ptr<places::SyslogReceiver> syslog_;
  std::string syslog_summary_;
  std::unique_ptr<pipeline::Source> tail_;
  Result<void> tailed_;  // Written by the thread, read when it has ended.
  std::jthread tailing_;
};

}  // namespace

void LogSourceOptions::declare(CLI::App& app) {
  app.add_option("--syslog", syslog.plain,
                 "Where to listen for syslog (RFC 5424 and 3164), over UDP and TCP alike;\n"
                 "514 is the port that senders take for granted (default: nowhere)")
      ->type_name("ADDRESS");
  app.add_option("--syslog-tls", syslog.tls,
                 "Where to listen for syslog over TLS, with the certificate of --tls-cert; 6514\n"
                 "is the port that senders take for granted (default: nowhere)")
      ->type_name("ADDRESS");
  app.add_option("--tail", tail,
                 "Follow the files that match, through rotation; repeat it for several")
      ->allow_extra_args(false)
      ->type_name("GLOB");
  app.add_option("--tail-state", tail_state,
                 "Keep here how far --tail has read, so that a restart goes on from there")
      ->type_name("FILE");
  app.add_option("--multiline", multiline,
                 "Join lines of --tail: a pattern that the first line of a record has, or auto\n"
                 "for stack traces")
      ->type_name("PATTERN");
}

Result<void> LogSourceOptions::check(bool has_certificate) const {
  OBS_TRY_VOID(check_address("--syslog", syslog.plain));
  OBS_TRY_VOID(check_address("--syslog-tls", syslog.tls));
  if (!syslog.tls.empty() && !has_certificate)
    return fail(Errc::kInvalidArgument, "--syslog-tls needs --tls-cert and --tls-key");
  OBS_TRY_VOID(parse_multiline(multiline));
  if (tail.empty() && !(tail_state.empty() && multiline.empty()))
    return fail(Errc::kInvalidArgument, "--tail-state and --multiline say nothing without --tail");
  return {};
}

Result<std::unique_ptr<LogSources>> LogSources::open(const LogSourceOptions& options,
                                                     std::shared_ptr<const net::TlsContext> tls,
                                                     net::Loop& loop, pipeline::Sink& sink,
                                                     Registry& registry, const app::Log& log,
                                                     places::ProjectOf project_of) {
  auto sources = std::make_unique<Sources>(sink, registry, log);
  OBS_TRY_VOID(sources->open(options, std::move(tls), std::move(project_of), loop));
  return std::unique_ptr<LogSources>(std::move(sources));
}

}  // namespace obs::ingest
