// A receiver that answers as it is told, one thread for each connection.

#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libobs/base/text.h"
#include "tests/unit/places/support.h"

namespace obs::places {

class ScriptedReceiver {
 public:
  struct Request {
    std::string head;
    std::string body;
  };
  // The whole answer, headers and all, for the nth request.
  using Script = std::function<std::string(std::size_t nth)>;

  explicit ScriptedReceiver(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedReceiver() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& thread : connections_) thread.join();
    ::close(listener_);
  }

  int port() const { return port_; }
  std::vector<Request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool wait_readable(int fd) const {
    pollfd polled{fd, POLLIN, 0};
    while (!stopping_) {
      if (::poll(&polled, 1, 20) > 0) return true;
    }
    return false;
  }

  void accept_all() {
    while (wait_readable(listener_)) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd >= 0) connections_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string buffer;
    while (read_request(fd, buffer)) {
      std::string answer;
      {
        std::lock_guard lock(mutex_);
        answer = script_(requests_.size() - 1);
      }
      if (answer.empty()) break;  // Hang up.
      (void)!::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
  }

  bool read_request(int fd, std::string& buffer) {
    for (;;) {
      const auto end = buffer.find("\r\n\r\n");
      if (end != buffer.npos) {
        Request request{buffer.substr(0, end), {}};
        const auto at = request.head.find("Content-Length: ");
        const std::size_t length =
            at == std::string::npos ? 0 : std::stoul(request.head.substr(at + 16));
        if (buffer.size() >= end + 4 + length) {
          request.body = buffer.substr(end + 4, length);
          buffer.erase(0, end + 4 + length);
          std::lock_guard lock(mutex_);
          requests_.push_back(std::move(request));
          return true;
        }
      }
      char room[4096];
      if (!wait_readable(fd)) return false;
      const ssize_t count = ::recv(fd, room, sizeof room, 0);
      if (count <= 0) return false;
      buffer.append(room, static_cast<std::size_t>(count));
    }
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

inline std::string http_answer(const std::string& status, const std::string& body = {},
                               const std::string& headers = {}) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers,
                     body);
}

}  // namespace obs::places
