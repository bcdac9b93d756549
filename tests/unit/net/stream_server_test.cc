#include "libobs/net/stream_server.h"

#include <functional>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/net/udp_listener.h"
#include "tests/unit/net/test_socket.h"

using namespace obs;
using namespace obs::net;

namespace {

// What all readers of a server were told.
struct Heard {
  std::string bytes;
  int opened = 0;
  int ended = 0;
  bool refuses = false;
};

class HeardReader final : public StreamReader {
 public:
  explicit HeardReader(Heard& heard) : heard_(heard) {}
  bool on_bytes(std::string_view bytes) override {
    heard_.bytes += bytes;
    held_ += bytes.size();
    return !heard_.refuses;
  }
  void on_end() override { ++heard_.ended; }
  std::size_t held() const override { return held_; }

 private:
  Heard& heard_;
  std::size_t held_ = 0;
};

struct Fixture final : StreamHandler {
  explicit Fixture(StreamLimits limits = {})
      : server(*StreamServer::listen(loop, "127.0.0.1:0", *this, registry, limits)) {
    const std::string address = server->address();
    port = static_cast<int>(*parse_uint(address.substr(address.rfind(':') + 1)));
  }
  ~Fixture() override {
    server.reset();
    CHECK(loop.close());
  }

  std::unique_ptr<StreamReader> on_open(std::string_view peer) override {
    CHECK(peer.starts_with("127.0.0.1:"));
    ++heard.opened;
    return std::make_unique<HeardReader>(heard);
  }

  // Runs the loop until that holds.
  void until(const std::function<bool()>& holds) {
    CHECK(loop.drain([&] { return !holds(); }, 5 * kSecond));
  }

  Loop loop;
  Registry registry;
  Heard heard;
  std::unique_ptr<StreamServer> server;
  int port = 0;
};

}  // namespace

TEST_CASE("what a peer says is heard to its end, also when it has closed its half", "[net]") {
  Fixture f;
  TestSocket socket(f.port);
  socket.send("one ");
  f.until([&] { return f.heard.bytes == "one "; });
  socket.send("two");
  socket.shut_down_output();
  f.until([&] { return f.server->connections() == 0; });
  CHECK(f.heard.bytes == "one two");
  CHECK(f.heard.ended == 1);
}

TEST_CASE("while paused nothing is read, and nothing is lost", "[net]") {
  Fixture f;
  TestSocket socket(f.port);
  f.until([&] { return f.heard.opened == 1; });
  f.server->set_paused(true);
  socket.send("later");
  f.loop.drain([] { return true; }, 20 * kMillisecond);
  CHECK(f.heard.bytes.empty());
  f.server->set_paused(false);
  f.until([&] { return f.heard.bytes == "later"; });
}

TEST_CASE("one connection too many is closed, and so is a reader that refuses", "[net]") {
  Fixture f({.connections = 1});
  TestSocket first(f.port);
  f.until([&] { return f.heard.opened == 1; });
  TestSocket second(f.port);
  f.until([&] {
    second.poll();
    return second.ended();
  });
  f.heard.refuses = true;
  first.send("x");
  f.until([&] {
    first.poll();
    return first.ended();
  });
  CHECK(f.heard.opened == 1);
  CHECK(f.server->connections() == 0);
}

TEST_CASE("readers share a bound of what they may hold", "[net]") {
  Fixture f({.held_bytes = 100});
  TestSocket first(f.port);
  first.send(std::string(60, 'a'));
  f.until([&] { return f.heard.bytes.size() == 60; });
  TestSocket second(f.port);
  second.send(std::string(60, 'b'));
  f.until([&] {
    second.poll();
    return second.ended();
  });
  // What the closed one held is free again.
  first.send(std::string(30, 'c'));
  f.until([&] { return f.heard.bytes.size() == 150; });
  CHECK(f.server->connections() == 1);
}

TEST_CASE("closing a server reads what had arrived", "[net]") {
  Fixture f;
  TestSocket socket(f.port);
  f.until([&] { return f.heard.opened == 1; });
  socket.send("arrived");
  f.server->close();
  CHECK(f.heard.bytes == "arrived");
  f.until([&] { return f.server->connections() == 0; });
}

TEST_CASE("datagrams come with their sender", "[net]") {
  Loop loop;
  Registry registry;
  std::string heard;
  auto listener = *UdpListener::listen(loop, "127.0.0.1:0", registry,
                                       [&](std::string_view bytes, const sockaddr& peer, bool cut) {
                                         CHECK_FALSE(cut);
                                         heard = std::string(bytes) + " from " + host_text(peer);
                                       });
  const std::string address = listener->address();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port =
      htons(static_cast<std::uint16_t>(*parse_uint(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  ::sendto(fd, "hello", 5, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  ::close(fd);
  CHECK(loop.drain([&] { return heard.empty(); }, 5 * kSecond));
  CHECK(heard == "hello from 127.0.0.1");
  CHECK(registry.render().find("obs_net_udp_datagrams_dropped 0") != std::string::npos);
  listener.reset();
  CHECK(loop.close());
}
