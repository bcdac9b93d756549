#include "libobs/scrape/scraper.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

namespace obs::scrape {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

// Refuses the first batches, as a sink whose queue is full.
class CountingSink final : public pipeline::Sink {
 public:
  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    if (refusals > 0) {
      --refusals;
      return ack(fail(Errc::kUnavailable, "the queue is full"));
    }
    for (std::size_t row = 0; row < batch->size(); ++row) {
      if (batch->metrics.metrics[batch->metrics.metric[row]].name != "up") continue;
      ++(batch->metrics.flags[row] == 1 ? ended : down);
    }
    ack({});
  }
  Result<void> close() override { return {}; }
  std::vector<pipeline::Health> health() const override { return {}; }

  std::atomic<int> refusals{0};
  std::atomic<int> down{0};
  std::atomic<int> ended{0};
};

void wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  REQUIRE(condition());
}

Config config_of(int port) {
  auto config = parse_config(
      "scrape_configs: [{job_name: gone, scrape_interval: 50ms, scrape_timeout: 50ms, "
      "static_configs: [{targets: ['127.0.0.1:" +
          std::to_string(port) + "']}]}]",
      "");
  REQUIRE(config);
  return std::move(*config);
}

// Port 1 of this machine: nobody listens there, so each scrape fails at once.
Config closed_port() { return config_of(1); }

// Refuses connections until it is started, and then exposes what is no sample.
class BrokenExporter {
 public:
  BrokenExporter() {
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address_), sizeof(address_)) == 0);
    socklen_t size = sizeof(address_);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~BrokenExporter() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  BrokenExporter(const BrokenExporter&) = delete;
  BrokenExporter& operator=(const BrokenExporter&) = delete;

  int port() const { return ntohs(address_.sin_port); }
  void start() {
    ::listen(socket_, SOMAXCONN);
    thread_ = std::thread([this] {
      while (!stopping_) answer_one();
    });
  }

 private:
  void answer_one() const {
    constexpr int kWaitMs = 20;
    constexpr std::string_view kAnswer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n!\n";
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, kWaitMs) != 1) return;
    const int peer = ::accept(socket_, nullptr, nullptr);
    char request[4096];
    if (::recv(peer, request, sizeof(request), 0) > 0)
      ::send(peer, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    ::close(peer);
  }

  const int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address_{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

struct Fixture {
  Fixture()
      : scraper({sink, nullptr, registry, system_clock(),
                 [this](Scraper::Level, std::string_view text) {
                   const std::lock_guard lock(mutex);
                   log += text;
                   log += '\n';
                 }}) {}

  CountingSink sink;
  Registry registry;
  std::mutex mutex;
  std::string log;
  Scraper scraper;
};

}  // namespace

TEST_CASE("a target is scraped until it is configured no more, and then ends",
          "[scrape][scraper]") {
  Fixture f;
  f.scraper.apply(closed_port());
  wait_for([&] { return f.sink.down >= 3; });
  f.scraper.apply({});
  wait_for([&] { return f.sink.ended == 1; });
  const int down = f.sink.down;
  std::this_thread::sleep_for(150ms);
  CHECK(f.sink.down == down);
  f.scraper.stop();
  CHECK_THAT(f.log, Contains("job gone: ") && Contains("http://127.0.0.1:1/metrics"));
  CHECK(std::count(f.log.begin(), f.log.end(), '\n') == 1);
}

TEST_CASE("a target that fails for another reason than before is told of again",
          "[scrape][scraper]") {
  Fixture f;
  BrokenExporter exporter;
  const auto told = [&](std::string_view what) {
    const std::lock_guard lock(f.mutex);
    return f.log.find(what) != std::string::npos;
  };
  f.scraper.apply(config_of(exporter.port()));
  wait_for([&] { return told("connect"); });
  CHECK_FALSE(told("line 1"));
  exporter.start();
  wait_for([&] { return told("line 1"); });
  f.scraper.stop();
}

TEST_CASE("what a sink cannot take now is offered again; what it never took is counted",
          "[scrape][scraper]") {
  Fixture f;
  f.sink.refusals = 2;
  f.scraper.apply(closed_port());
  wait_for([&] { return f.sink.down >= 2; });
  f.scraper.stop();
  const std::string metrics = f.registry.render();
  CHECK_THAT(metrics, Contains("stage=\"scrape\""));
  pipeline::Ledger ledger(f.registry, "scrape");
  CHECK(ledger.closes());
}

TEST_CASE("a stop is quick, and is no end of the series", "[scrape][scraper]") {
  Fixture f;
  f.scraper.apply(closed_port());
  wait_for([&] { return f.sink.down >= 1; });
  const auto began = std::chrono::steady_clock::now();
  f.scraper.stop();
  CHECK(std::chrono::steady_clock::now() - began < 3s);
  CHECK(f.sink.ended == 0);
}

}  // namespace obs::scrape
