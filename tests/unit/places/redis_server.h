// A redis-server of the test's own, on a free port, with its files in a directory that goes away.

#pragma once

#include <csignal>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libobs/places/redis_connection.h"
#include "tests/unit/places/support.h"

namespace obs::places {

// A port of loopback that nobody listens on, yet.
inline int find_free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> options = {"--appendonly", "yes"})
      : options_(std::move(options)), port_(find_free_port()) {
    start();
  }
  ~RedisServer() { kill(); }

  void start() {
    pid_ = ::fork();
    if (pid_ == 0) run();
    INFO("redis-server must be installed");
    REQUIRE(eventually([&] { return ask({"PING"}).text == "PONG"; }));
  }
  // kill -9; the files stay.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void pause() const { ::kill(pid_, SIGSTOP); }
  void resume() const { ::kill(pid_, SIGCONT); }

  int port() const { return port_; }
  std::string url(const std::string& options = "stream=t&group=g") const {
    return fmt::format("redis://127.0.0.1:{}/0?{}", port_, options);
  }

  // One command on a connection of its own; an error reply when it cannot be had.
  proto::RedisReply ask(const std::vector<std::string>& words) const {
    RedisSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port_;
    proto::RedisReply failed;
    failed.kind = proto::RedisReply::Kind::kError;
    auto connection = RedisConnection::open(settings);
    if (!connection) return failed;
    std::vector<std::string_view> command(words.begin(), words.end());
    auto reply = (*connection)->call(command);
    return reply ? *std::move(reply) : failed;
  }

  // Entries in all slots of stream `t`.
  std::int64_t entries() const {
    std::int64_t all = 0;
    for (int slot = 0; slot < 64; ++slot) {
      all += ask({"XLEN", fmt::format("t:{:02}", slot)}).integer;
    }
    return all;
  }

 private:
  [[noreturn]] void run() const {
    const int quiet = ::open("/dev/null", O_WRONLY);
    ::dup2(quiet, STDOUT_FILENO);
    std::vector<std::string> words = {"redis-server", "--port",    std::to_string(port_),
                                      "--bind",       "127.0.0.1", "--dir",
                                      dir_.path(),    "--save",    ""};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }

  TemporaryDir dir_;
  const std::vector<std::string> options_;
  const int port_;
  pid_t pid_ = -1;
};

}  // namespace obs::places
