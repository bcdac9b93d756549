#include "libobs/places/syslog_receiver.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/codec/syslog.h"
#include "libobs/codec/syslog_frame.h"
#include "libobs/net/stream_server.h"
#include "libobs/net/udp_listener.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/delivery.h"

namespace obs::places {
namespace {

constexpr std::size_t kBatchRecords = 1000;
constexpr std::size_t kBatchBytes = kMiB;
// What has come is passed on after so long: below what a person notices.
constexpr Duration kGather = 20 * kMillisecond;
// Beyond this the sink has enough to do, and TCP peers wait.
constexpr std::size_t kInFlightBytes = 32 * kMiB;
// What is gathered while the sink is busy; then datagrams are dropped.
constexpr std::size_t kGatheredBytes = 32 * kMiB;
constexpr std::string_view kDefaultProject = "default";
// Time zones change twice a year.
constexpr Duration kZoneAge = kMinute;

// Of the machine, which is that of most of those that send BSD times to it.
Duration local_utc_offset(Timestamp now) {
  const std::time_t seconds = now / kSecond;
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return local.tm_gmtoff * kSecond;
}

class Receiver;

// One connection, over TCP or TLS.
class Reader final : public net::StreamReader {
 public:
  Reader(Receiver& receiver, codec::SyslogDecoder& decoder, std::string_view peer)
      : receiver_(receiver), decoder_(&decoder), peer_(peer.substr(0, peer.rfind(':'))) {}

  bool on_names(const std::vector<std::string>& names) override;

  bool on_bytes(std::string_view bytes) override;
  void on_end() override;
  std::size_t held() const override { return buffer_.capacity(); }

 private:
  bool take_frames(std::string_view& input);

  Receiver& receiver_;
  codec::SyslogDecoder* decoder_;  // That of its project.
  const std::string peer_;
  std::string buffer_;  // The start of a message.
};

class Receiver final : public SyslogReceiver, private net::StreamHandler {
 public:
  Receiver(pipeline::Sink& sink, Registry& registry, std::function<void(std::string_view)> warn,
           ProjectOf project_of)
      : warn_(std::move(warn)),
        project_of_(std::move(project_of)),
        ledger_(registry, "syslog"),
        dropped_(registry.counter("obs_places_syslog_messages_dropped_total",
                                  "Messages over UDP dropped because the sink was busy.")),
        delivery_(sink, ledger_, 2 * kInFlightBytes, stop_.get_token()) {}

  ~Receiver() override {
    close();
    finish();
  }

  Result<void> open(net::Loop& loop, const SyslogAddresses& addresses,
                    std::shared_ptr<const net::TlsContext> tls, Registry& registry) {
    if (!addresses.plain.empty()) {
      if (auto opened = open_plain(loop, addresses.plain, registry); !opened)
        return fail(std::move(opened).error().during("--syslog"));
    }
    if (!addresses.tls.empty()) {
      auto opened = net::StreamServer::listen(loop, addresses.tls, *this, registry);
      if (!opened) return fail(std::move(opened).error().during("--syslog-tls"));
      tls_ = std::move(*opened);
      tls_->set_tls(std::move(tls));
    }
    timer_ = loop.every(kGather, [this] { flush(); });
    return {};
  }

  SyslogAddresses addresses() const override {
    return {tcp_ ? tcp_->address() : "", tls_ ? tls_->address() : ""};
  }
  void set_tls(std::shared_ptr<const net::TlsContext> tls) override {
    if (tls_) tls_->set_tls(std::move(tls));
  }
  std::string summary() const override { return ledger_.summary(); }

  void close() override {
    if (std::exchange(closed_, true)) return;
    timer_.reset();
    udp_.reset();
    if (tcp_) tcp_->close();
    if (tls_) tls_->close();
    send();
  }

  void finish() override {
    if (std::exchange(finished_, true)) return;
    stop_.request_stop();
    // What could not be delivered was counted and told.
    (void)delivery_.finish();
    tcp_.reset();
    tls_.reset();
  }

  // Where messages of a peer of these names go; null: nowhere.
  codec::SyslogDecoder* find_decoder(const std::vector<std::string>& names) {
    if (!project_of_) return &decoder_;
    const auto project = project_of_(names);
    if (!project) return nullptr;
    return *project == kDefaultProject ? &decoder_ : &others_[*project];
  }

  void add(codec::SyslogDecoder& decoder, std::string_view message, std::string_view peer) {
    const Timestamp now = system_clock().now();
    if (now - zone_read_ > kZoneAge || now < zone_read_) {
      zone_read_ = now;
      utc_offset_ = local_utc_offset(now);
    }
    decoder.add(message, {now, utc_offset_, peer});
    if (decoder.size() >= kBatchRecords || decoder.bytes() >= kBatchBytes) flush();
  }

  void count_cut_short(std::size_t bytes) { ledger_.count_undecodable("cut_short", bytes); }
  void count_overlong(std::size_t bytes) { ledger_.count_undecodable("too_large", bytes); }

 private:
  Result<void> open_plain(net::Loop& loop, const std::string& address, Registry& registry) {
    OBS_TRY(tcp_, net::StreamServer::listen(loop, address, *this, registry));
    // The same port, also when it was for the kernel to choose.
    const std::string bound = tcp_->address();
    OBS_TRY(udp_, net::UdpListener::listen(loop, bound, registry,
                                           [this](std::string_view bytes, const sockaddr& peer,
                                                  bool) { take_datagram(bytes, peer); }));
    return {};
  }

  std::unique_ptr<net::StreamReader> on_open(std::string_view peer) override {
    return std::make_unique<Reader>(*this, decoder_, peer);
  }

  void take_datagram(std::string_view bytes, const sockaddr& peer) {
    if (decoder_.bytes() >= kGatheredBytes) return drop();
    // Only messages that name no host are told by it.
    add(decoder_, bytes, net::host_text(peer));
  }

  void drop() {
    ledger_.count(model::Signal::kLogs, pipeline::Outcome::kReceived, 1);
    ledger_.count(model::Signal::kLogs, pipeline::Outcome::kFailed, 1);
    dropped_.add();
    if (warn_ && !std::exchange(told_drop_, true))
      warn_("syslog over UDP is being dropped: the sink does not keep up");
  }

  // Hands over what was gathered, unless the sink has enough to do.
  void flush() {
    const bool busy = delivery_.bytes_in_flight() >= kInFlightBytes;
    if (tcp_) tcp_->set_paused(busy);
    if (tls_) tls_->set_paused(busy);
    if (!busy) send();
  }

  void send() {
    send(decoder_, kDefaultProject);
    for (auto& [project, decoder] : others_) send(decoder, project);
  }

  void send(codec::SyslogDecoder& decoder, std::string_view project) {
    if (decoder.size() == 0) return;
    model::Batch batch = decoder.take();
    batch.project = project;
    model::assign_id(batch);
    // Only a sink that refuses for good makes it fail, and then it tells the other doors as well.
    (void)delivery_.send(std::make_shared<const model::Batch>(std::move(batch)),
                         [warn = warn_](Result<void> settled) {
                           if (!settled && warn) warn("syslog: " + settled.error().message);
                         });
  }

  const std::function<void(std::string_view)> warn_;
  const ProjectOf project_of_;
  pipeline::Ledger ledger_;
  Counter& dropped_;
  std::stop_source stop_;
  Delivery delivery_;
  codec::SyslogDecoder decoder_;
  // Those of other projects, of which there are as many as the keys have.
  std::map<std::string, codec::SyslogDecoder> others_;
  Duration utc_offset_ = 0;
  Timestamp zone_read_ = 0;
  bool told_drop_ = false;
  bool closed_ = false;
  bool finished_ = false;
  std::shared_ptr<net::Loop::Timer> timer_;
  std::unique_ptr<net::UdpListener> udp_;
  std::unique_ptr<net::StreamServer> tcp_;
  std::unique_ptr<net::StreamServer> tls_;
};

bool Reader::on_names(const std::vector<std::string>& names) {
  decoder_ = receiver_.find_decoder(names);
  return decoder_ != nullptr;
}

bool Reader::on_bytes(std::string_view bytes) {
  if (buffer_.empty()) {
    if (!take_frames(bytes)) return false;
    buffer_ = bytes;
    return true;
  }
  // A message that comes byte by byte must not be searched for its end again and again.
  const bool waits = !codec::is_counted_frame(buffer_) && !codec::has_frame_end(bytes) &&
                     buffer_.size() + bytes.size() <= codec::kMaxSyslogFrame;
  buffer_ += bytes;
  if (waits) return true;
  std::string_view input = buffer_;
  if (!take_frames(input)) return false;
  buffer_ = std::string(input);
  return true;
}

bool Reader::take_frames(std::string_view& input) {
  for (;;) {
    const auto frame = codec::next_syslog_frame(input);
    if (!frame) {
      receiver_.count_overlong(input.size());
      return false;
    }
    if (!*frame) return true;
    receiver_.add(*decoder_, **frame, peer_);
  }
}

// The last line may lack its newline; a counted message that is cut short is none.
void Reader::on_end() {
  if (buffer_.empty()) return;
  if (codec::is_counted_frame(buffer_)) {
    receiver_.count_cut_short(buffer_.size());
  } else {
    receiver_.add(*decoder_, buffer_, peer_);
  }
  buffer_.clear();
}

}  // namespace

Result<std::unique_ptr<SyslogReceiver>> SyslogReceiver::listen(
    net::Loop& loop, const SyslogAddresses& addresses, std::shared_ptr<const net::TlsContext> tls,
    pipeline::Sink& sink, Registry& registry, std::function<void(std::string_view)> warn,
    ProjectOf project_of) {
  auto receiver =
      std::make_unique<Receiver>(sink, registry, std::move(warn), std::move(project_of));
  OBS_TRY_VOID(receiver->open(loop, addresses, std::move(tls), registry));
  return std::unique_ptr<SyslogReceiver>(std::move(receiver));
}

}  // namespace obs::places
