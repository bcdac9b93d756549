#include "cmd/obs-ingest/log_sources.h"

#include <stop_token>
#include <thread>

#include "libobs/net/listen_address.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/file_tail.h"
#include "libobs/places/syslog_receiver.h"

namespace obs::ingest {
namespace {

Result<codec::MultilineRule> parse_multiline(const std::string& text) {
  if (text.empty()) return codec::MultilineRule();
  return codec::MultilineRule::parse(text);
}

class Sources final : public LogSources {
 public:
  Sources(pipeline::Sink& sink, Registry& registry, const app::Log& log)
      : sink_(sink), registry_(registry), log_(log) {}
  ~Sources() override { (void)close(); }

  Result<void> open(const LogSourceOptions& options, net::Loop& loop) {
    const auto warn = [&log = log_](std::string_view message) { log.warn(message); };
    if (!options.syslog.empty()) {
      OBS_TRY(syslog_,
              places::SyslogReceiver::listen(loop, options.syslog, sink_, registry_, warn));
      log_.info("listening for syslog",
                {{"syslog.address", model::Value::string(syslog_->address())}});
    }
    if (options.tail.empty()) return {};
    if (options.tail_state.empty())
      log_.warn("without --tail-state a restart reads the files of --tail from their start again");
    places::FileTailOptions tail;
    tail.patterns = options.tail;
    tail.state = options.tail_state;
    OBS_TRY(tail.multiline, parse_multiline(options.multiline));
    tail.warn = warn;
    OBS_TRY(tail_, places::open_file_tail(std::move(tail), registry_));
    tailing_ = std::jthread([this, &loop](const std::stop_token& stop) {
      tailed_ = tail_->run(sink_, stop);
      // It ends by itself only when it cannot go on.
      if (!tailed_) loop.stop();
    });
    return {};
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
  app.add_option("--syslog", syslog,
                 "Where to listen for syslog (RFC 5424 and 3164), over UDP and TCP alike;\n"
                 "514 is the port that senders take for granted (default: nowhere)")
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

Result<void> LogSourceOptions::check() const {
  if (!syslog.empty()) {
    if (auto address = net::parse_listen_address(syslog); !address)
      return fail(std::move(address).error().during("--syslog"));
  }
  OBS_TRY_VOID(parse_multiline(multiline));
  if (tail.empty() && !(tail_state.empty() && multiline.empty()))
    return fail(Errc::kInvalidArgument, "--tail-state and --multiline say nothing without --tail");
  return {};
}

Result<std::unique_ptr<LogSources>> LogSources::open(const LogSourceOptions& options,
                                                     net::Loop& loop, pipeline::Sink& sink,
                                                     Registry& registry, const app::Log& log) {
  auto sources = std::make_unique<Sources>(sink, registry, log);
  OBS_TRY_VOID(sources->open(options, loop));
  return std::unique_ptr<LogSources>(std::move(sources));
}

}  // namespace obs::ingest
