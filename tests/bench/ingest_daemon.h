// A server under measurement, in a process of its own.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sys/types.h>

namespace obs::bench {

// What the kernel says a process used over its whole life.
struct Usage {
  double user = 0;  // Seconds,
  double system = 0;
  long most_kib = 0;  // and the largest resident size.
  int exit_status = 0;

  double cpu() const { return user + system; }
};

class Daemon {
 public:
  // obs-ingest on a free port, its messages dropped. Throws std::runtime_error if it does not come
  // up.
  static Daemon start(const std::string& program, const std::string& to,
                      const std::vector<std::string>& options = {});
  // The limit: a server of libuv's that answers 200 to each request of HTTP/1.1 and forgets it.
  static Daemon start_bare();
  ~Daemon();
  Daemon(Daemon&& other) noexcept;
  Daemon& operator=(Daemon&&) = delete;

  int port() const { return port_; }
  std::size_t resident_kib() const;  // Now.
  // SIGTERM, and waits for the end. Once.
  Usage stop();

 private:
  Daemon(pid_t pid, int port) : pid_(pid), port_(port) {}

  pid_t pid_;
  int port_;
};

}  // namespace obs::bench
