// A child process: started with its output on a pipe, watched through descriptors that poll()
// knows.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "libobs/base/result.h"

namespace obs::suite {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }
  void reset();

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

// How a process ended.
struct Ending {
  int code = 0;    // Of exit(), when no signal ended it.
  int signal = 0;  // Else 0.

  bool is_good() const { return code == 0 && signal == 0; }
};
// "with exit status 4", "by signal 9 (Killed)".
std::string to_text(const Ending& ending);

// Not thread-safe. What still runs when it is destroyed is killed.
class Process {
 public:
  // Starts the executable at `path`. Standard output and error go to output(), standard input is
  // empty. It has a process group of its own, so that a Ctrl-C on the terminal is ours to pass on,
  // and is told to end when we die.
  static Result<Process> start(const std::string& path, const std::vector<std::string>& arguments);
  Process(Process&&) = default;
  Process& operator=(Process&&) = default;
  ~Process();

  int output() const { return output_.get(); }  // Non-blocking; readable also at its end.
  int exit() const { return exit_.get(); }      // Readable once the process has ended.
  void close_output() { output_.reset(); }

  void signal(int number) const;
  // How it ended; nullopt while it runs.
  std::optional<Ending> ending();

 private:
  Process(pid_t pid, Descriptor output, Descriptor exit);

  Descriptor output_;
  Descriptor exit_;  // A pidfd: also owns the process.
  pid_t pid_ = 0;
  std::optional<Ending> ending_;
};

}  // namespace obs::suite
