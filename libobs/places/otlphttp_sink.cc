#include "libobs/places/otlphttp_sink.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp.h"
#include "libobs/net/http_client.h"
#include "libobs/net/wake.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/batch_queue.h"
#include "libobs/places/otlp_response.h"
#include "libobs/places/peer_status.h"
#include "libobs/places/secret.h"

namespace obs::places {
namespace {

// With 50 ms to the receiver and a thousand records a batch, four at a time forward 80 k records/s.
constexpr int kConnections = 4;
constexpr std::size_t kQueueBytes = 64 * kMiB;
constexpr Duration kFirstPause = 500 * kMillisecond;
constexpr Duration kLongestPause = 30 * kSecond;

struct Settings {
  std::string name;
  std::string url;  // Without the signal's path.
  codec::Compression compression = codec::Compression::kGzip;
  proto::HttpHeaders headers;
  net::HttpClientOptions client;
  Duration timeout = 0;  // 0: never gives up.
  std::function<void(std::string_view)> warn;
};

std::string_view signal_path(model::Signal signal) {
  switch (signal) {
    case model::Signal::kLogs: return "/v1/logs";
    case model::Signal::kSpans: return "/v1/traces";
    case model::Signal::kMetrics: return "/v1/metrics";
  }
  return "";
}

// A refusal for good. What the peer says of it is for people: one line of it.
Failure<Error> refuse(const std::string& url, const proto::HttpResponse& response) {
  Errc code = Errc::kIo;
  if (response.status == 400) code = Errc::kMalformed;
  if (response.status == 413) code = Errc::kLimitExceeded;
  const auto text = std::string_view(response.body).substr(0, 200);
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  return fail(code, fmt::format("POST {}: answered {}{}{}", url, response.status,
                                line.empty() ? "" : ": ", repair_utf8(line)));
}

class OtlpHttpSink final : public pipeline::Sink {
 public:
  OtlpHttpSink(Settings settings, std::vector<std::unique_ptr<net::HttpClient>> clients,
               Registry& registry)
      : settings_(std::move(settings)),
        ledger_(registry, "otlphttp_sink"),
        status_(settings_.name),
        queue_(settings_.name, kQueueBytes, ledger_),
        clients_(std::move(clients)) {
    for (auto& client : clients_) workers_.emplace_back([this, &client] { run(*client); });
  }

  ~OtlpHttpSink() override { (void)close(); }

  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    queue_.push(std::move(batch), std::move(ack));
  }

  void give_up_after(Duration grace) override {
    if (!status_.end_after(grace)) return;
    for (auto& client : clients_) client->end_at(status_.deadline());
    wake_.raise();
  }

  Result<void> close() override {
    give_up_after(pipeline::kStopGrace);
    queue_.close();
    for (std::thread& worker : workers_) {
      if (worker.joinable()) worker.join();
    }
    return status_.take_outcome();
  }

  std::vector<pipeline::Health> health() const override { return status_.health(); }

 private:
  void run(net::HttpClient& client) {
    while (!queue_.is_over()) {
      if (auto item = queue_.take(kSecond)) deliver(client, *std::move(item));
    }
  }

  void deliver(net::HttpClient& client, QueuedBatch item) {
    auto rejected = status_.is_overdue() ? refuse_late() : forward(client, *item.batch);
    if (rejected) return queue_.settle(std::move(item), {}, *rejected);
    if (status_.is_overdue()) status_.give_up(item.batch->size());
    queue_.settle(std::move(item), fail(std::move(rejected).error()));
  }

  Result<std::uint64_t> refuse_late() const {
    return fail(Errc::kUnavailable, fmt::format("{} was away when we had to end", settings_.name));
  }

  // How many records the receiver refused, when it took the batch.
  Result<std::uint64_t> forward(net::HttpClient& client, const model::Batch& batch) {
    std::string encoded;
    std::string compressed;
    net::HttpCall call;
    call.url = fmt::format("{}{}", settings_.url, signal_path(batch.signal));
    call.headers = settings_.headers;
    call.headers.emplace_back("Content-Type", "application/x-protobuf");
    call.body = codec::otlp_bytes(batch, encoded);
    compress(call, compressed);
    return try_until_taken(client, call, batch);
  }

  void compress(net::HttpCall& call, std::string& compressed) const {
    if (settings_.compression == codec::Compression::kNone) return;
    const bool gzip = settings_.compression == codec::Compression::kGzip;
    compressed = gzip ? codec::compress_gzip(call.body) : codec::compress_zstd(call.body);
    call.body = compressed;
    call.headers.emplace_back("Content-Encoding", gzip ? "gzip" : "zstd");
  }

  Result<std::uint64_t> try_until_taken(net::HttpClient& client, const net::HttpCall& call,
                                        const model::Batch& batch) {
    const Duration begun = system_clock().monotonic();
    for (Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
      auto answer = client.send(call);
      if (answer && answer->status / 100 == 2) return accept(*answer, batch);
      const bool again =
          answer ? is_retryable_status(answer->status) : answer.error().code == Errc::kUnavailable;
      Error error = answer ? refuse(call.url, *answer).error : answer.error();
      status_.note(error.message);
      if (!again) return fail(std::move(error));
      const Duration wait = answer ? retry_after(*answer).value_or(pause) : pause;
      if (!sleep(wait, begun)) return fail(Errc::kUnavailable, std::move(error.message));
    }
  }

  std::uint64_t accept(const proto::HttpResponse& answer, const model::Batch& batch) {
    status_.note("");
    const auto partial = parse_partial_success(answer.body);
    const auto rejected = std::min<std::uint64_t>(partial.rejected, batch.size());
    if (rejected > 0 && settings_.warn) {
      settings_.warn(fmt::format("{} refused {} of {} {}: {}", settings_.name, rejected,
                                 batch.size(), model::to_string(batch.signal), partial.message));
    }
    return rejected;
  }

  // False when there is no time for another try after so long a pause. Near the end the last
  // chance counts, not the pause.
  bool sleep(Duration pause, Duration begun) {
    const Duration now = system_clock().monotonic();
    if (settings_.timeout > 0 && now + pause > begun + settings_.timeout) return false;
    if (!status_.is_ending()) {
      (void)net::wait_ready(-1, false, false, &wake_, pause);  // Woken by give_up_after().
      return true;
    }
    const Duration left = status_.deadline() - now;
    if (left <= 0) return false;
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kFirstPause, left)));
    return true;
  }

  const Settings settings_;
  pipeline::Ledger ledger_;
  PeerStatus status_;
  BatchQueue queue_;
  net::Wake wake_;
  std::vector<std::unique_ptr<net::HttpClient>> clients_;
  std::vector<std::thread> workers_;
};

Result<Settings> read_settings(const Address& address) {
  Settings settings;
  settings.name = address.text;
  settings.client.ca_file = address.option("ca");
  const bool v6 = address.host.find(':') != std::string::npos;
  settings.url =
      fmt::format("{}://{}{}{}:{}{}", address.scheme == "otlphttps" ? "https" : "http",
                  v6 ? "[" : "", address.host, v6 ? "]" : "", address.port, address.path);
  const std::string compression = address.option("compression", "gzip");
  const auto known = codec::parse_compression(compression == "none" ? "" : compression);
  if (!known || *known == codec::Compression::kDeflate) {
    return fail(Errc::kInvalidArgument,
                fmt::format("address '{}': compression is gzip, zstd or none", address.text));
  }
  settings.compression = *known;
  const auto timeout = parse_duration(address.option("timeout", "0s"));
  if (!timeout || *timeout < 0) {
    return fail(Errc::kInvalidArgument,
                fmt::format("address '{}': timeout is a duration such as 30s", address.text));
  }
  settings.timeout = *timeout;
  if (const std::string header = address.option("header"); !header.empty()) {
    const auto colon = std::min(header.find(':'), header.size());
    OBS_TRY(
        std::string value,
        resolve_secret(trim(std::string_view(header).substr(std::min(colon + 1, header.size())))));
    settings.headers.emplace_back(header.substr(0, colon), std::move(value));
  }
  return settings;
}

}  // namespace

Result<std::unique_ptr<pipeline::Sink>> open_otlphttp_sink(const Address& address,
                                                           OpenContext context) {
  OBS_TRY(Settings settings, read_settings(address));
  settings.warn = std::move(context.warn);
  std::vector<std::unique_ptr<net::HttpClient>> clients;
  for (int i = 0; i < kConnections; ++i) {
    OBS_TRY(auto client, net::HttpClient::open(settings.client));
    clients.push_back(std::move(client));
  }
  return std::make_unique<OtlpHttpSink>(std::move(settings), std::move(clients), context.registry);
}

}  // namespace obs::places
