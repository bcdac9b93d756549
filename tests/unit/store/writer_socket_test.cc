#include "libobs/store/writer_socket.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "libobs/codec/envelope.h"
#include "libobs/store/writer_socket_io.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

// A client that says what it likes.
class Client {
 public:
  explicit Client(const std::string& dir) {
    auto socket = open_writer_socket(dir, SocketEnd::kConnect);
    REQUIRE(socket);
    socket_.emplace(*std::move(socket));
  }

  // The next line, or "closed".
  std::string ask(const std::string& bytes) {
    say(bytes);
    return receive();
  }
  // The other end may have had enough.
  void say(const std::string& bytes) { (void)send_all(socket_->get(), bytes); }
  std::string receive() {
    const auto line = receive_line(socket_->get(), unread_, 1 << 20);
    return line && *line ? **line : "closed";
  }
  void finish() { ::shutdown(socket_->get(), SHUT_WR); }

 private:
  std::optional<Descriptor> socket_;
  std::string unread_;
};

struct Store {
  TemporaryDir dir;
  Registry registry;
  std::unique_ptr<Writer> writer = open_writer(dir / "data", registry);
};

bool is_error(const std::string& line, std::string_view code) {
  return line.starts_with("{\"error\":{\"code\":\"" + std::string(code) + "\"");
}

}  // namespace

TEST_CASE("the writer's socket answers nonsense with an error, and goes on", "[store][socket]") {
  Store store;
  Client client(store.dir / "data");
  for (const char* line : {"nonsense\n", "\n", "{}\n", "[]\n", "{\"task\":\"nap\"}\n", "\xff\xfe\n",
                           "{\"task\":\"delete\",\"condition\":7}\n"}) {
    INFO(line);
    CHECK(is_error(client.ask(line), "malformed"));
  }
  CHECK(client.ask("{\"task\":\"flush\"}\n").starts_with("{\"result\":"));
}

TEST_CASE("a request may come in pieces, and two at once", "[store][socket]") {
  Store store;
  Client client(store.dir / "data");
  const std::string request = "{\"task\":\"flush\"}\n";
  for (const char c : request) client.say(std::string(1, c));
  CHECK(client.receive().starts_with("{\"result\":"));
  CHECK(client.ask(request + request).starts_with("{\"result\":"));
  CHECK(client.receive().starts_with("{\"result\":"));
}

TEST_CASE("a request without an end is cut off", "[store][socket]") {
  Store store;
  Client client(store.dir / "data");
  CHECK(client.ask(std::string(kMaxRequestBytes + (std::size_t{256} << 10), 'x')) == "closed");
}

TEST_CASE("a batch that is none, too large or cut short is not stored", "[store][socket]") {
  Store store;
  {
    Client client(store.dir / "data");
    CHECK(is_error(client.ask("{\"task\":\"write\",\"bytes\":4}\nnope"), "malformed"));
    std::string envelope;
    codec::append_envelope(envelope, codec::seal(*make_logs(3, "line"), false));
    CHECK(client.ask(write_line(envelope.size()) + envelope) == "{\"result\":{\"records\":3}}");
  }
  {
    Client client(store.dir / "data");
    CHECK(is_error(client.ask("{\"task\":\"write\",\"bytes\":1000000000000}\n"), "limit_exceeded"));
    CHECK(client.receive() == "closed");
  }
  Client client(store.dir / "data");
  client.say("{\"task\":\"write\",\"bytes\":1000}\nhalf");
  client.finish();
  CHECK(is_error(client.receive(), "limit_exceeded"));
  CHECK(ask_store(store.dir / "data", "SELECT count(*) FROM logs") == "3\n");
}

TEST_CASE("more connections than it serves are told so", "[store][socket]") {
  Store store;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kMaxConnections; ++i) {
    clients.push_back(std::make_unique<Client>(store.dir / "data"));
    CHECK(clients.back()->ask("{\"task\":\"flush\"}\n").starts_with("{\"result\":"));
  }
  Client late(store.dir / "data");
  CHECK(is_error(late.receive(), "unavailable"));
  clients.clear();
  wait_until([&] {
    return Client(store.dir / "data").ask("{\"task\":\"flush\"}\n").starts_with("{\"result\":");
  });
}

TEST_CASE("closing the writer ends connections that wait", "[store][socket]") {
  Store store;
  Client client(store.dir / "data");
  REQUIRE(store.writer->close());
  CHECK(client.receive() == "closed");
}

}  // namespace obs::store
