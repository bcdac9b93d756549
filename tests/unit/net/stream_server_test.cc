#include "libobs/net/stream_server.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/net/file_limit.h"
#include "libobs/net/udp_listener.h"
#include "tests/unit/net/test_socket.h"
#include "tests/unit/net/tls_peer.h"

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

struct Fixture : StreamHandler {
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

// A server that speaks TLS.
struct TlsFixture : Fixture {
  explicit TlsFixture(StreamLimits limits = {}) : Fixture(limits) {
    const TestCertificate certificate;
    server->set_tls(*TlsContext::load({certificate.certificate(), certificate.key(), ""}));
  }
  void shake_hands(TlsPeer& peer) {
    until([&] { return peer.shake_hands(); });
  }
  void until_ended(TestSocket& socket) {
    until([&] {
      socket.poll();
      return socket.ended();
    });
  }
  bool counts(const std::string& line) const {
    return registry.render().find(line) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a server asks for files for its connections, up to the hard limit", "[net][stream]") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const auto soft_limit = [] {
    rlimit now{};
    getrlimit(RLIMIT_NOFILE, &now);
    return now.rlim_cur;
  };
  const rlimit low{std::min<rlim_t>(before.rlim_max, 512), before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  StreamLimits limits;
  limits.connections = 100;
  { const Fixture one(limits); }
  CHECK(soft_limit() == std::min<rlim_t>(before.rlim_max, 612));
  allow_more_files(SIZE_MAX);
  CHECK(soft_limit() == before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

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

TEST_CASE("over TLS a peer is heard to its end, however its records are cut", "[net][tls]") {
  TlsFixture f;
  TlsPeer peer(f.port);
  f.shake_hands(peer);
  const std::string large(100'000, 'x');
  for (const char byte : peer.encipher("drop by drop")) {
    peer.socket().send({&byte, 1});
    f.until([&] { return peer.socket().unsent() == 0; });
  }
  peer.socket().send(peer.encipher(large));
  peer.socket().send(peer.say_goodbye());
  f.until([&] {
    peer.socket().poll();
    return f.heard.ended == 1;
  });
  CHECK(f.heard.bytes == "drop by drop" + large);
  f.until([&] { return f.server->connections() == 0; });
  CHECK(f.counts("obs_net_tls_failures_total 0"));
}

TEST_CASE("a peer of TLS that leaves without a word has said what arrived", "[net][tls]") {
  TlsFixture f;
  TlsPeer peer(f.port);
  f.shake_hands(peer);
  peer.socket().send(peer.encipher("whole"));
  // A record without its end is nothing.
  peer.socket().send(peer.encipher("half").substr(0, 10));
  peer.socket().shut_down_output();
  f.until([&] { return f.server->connections() == 0; });
  CHECK(f.heard.bytes == "whole");
  CHECK(f.heard.ended == 1);
}

TEST_CASE("what is no TLS is closed and nothing of it is heard", "[net][tls]") {
  const std::string cases[] = {
      "<13>1 - h a - - - in the clear\n",
      "GET / HTTP/1.1\r\n\r\n",
      std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x'),  // A record too long.
      std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10),    // A hello that says nothing.
      std::string("\x17\x03\x03\x00\x10", 5) + std::string(16, 'x'),  // Data first.
      std::string("\x15\x03\x01\x00\x02\x02\x28", 7),                 // An alert first.
  };
  TlsFixture f;
  for (const std::string& bytes : cases) {
    TestSocket socket(f.port);
    socket.send(bytes);
    socket.shut_down_output();
    f.until_ended(socket);
  }
  f.until([&] { return f.server->connections() == 0; });
  CHECK(f.heard.bytes.empty());
}

TEST_CASE("a record that was changed on its way closes the connection", "[net][tls]") {
  TlsFixture f;
  TlsPeer peer(f.port);
  f.shake_hands(peer);
  std::string record = peer.encipher("changed");
  record.back() ^= 1;
  peer.socket().send(record);
  f.until_ended(peer.socket());
  CHECK(f.heard.bytes.empty());
  CHECK(f.counts("obs_net_tls_failures_total 1"));
}

TEST_CASE("a handshake has its time, and a peer that is quiet after it may stay", "[net][tls]") {
  TlsFixture f({.handshake_timeout = 100 * kMillisecond});
  TlsPeer quiet(f.port);
  f.shake_hands(quiet);
  TestSocket silent(f.port);
  TestSocket slow(f.port);
  slow.send("\x16\x03\x01");
  f.until_ended(silent);
  f.until_ended(slow);
  f.until([&] { return f.server->connections() == 1; });
  CHECK(f.counts("obs_net_tls_failures_total 2"));
  quiet.socket().send(quiet.encipher("still here"));
  f.until([&] { return f.heard.bytes == "still here"; });
}

TEST_CASE("time in which nothing is read is not held against a handshake", "[net][tls]") {
  TlsFixture f({.handshake_timeout = 40 * kMillisecond});
  TlsPeer peer(f.port);
  f.server->set_paused(true);
  f.loop.drain([] { return true; }, 200 * kMillisecond);
  CHECK(f.server->connections() == 1);
  f.server->set_paused(false);
  f.shake_hands(peer);
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
