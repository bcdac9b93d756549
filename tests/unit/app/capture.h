// Catches what a test writes to a standard descriptor, in a temporary file.

#pragma once

#include <cstdio>
#include <string>

#include <unistd.h>

namespace obs::app {

class Capture {
 public:
  explicit Capture(int fd) : fd_(fd), saved_(::dup(fd)), file_(std::tmpfile()) {
    ::dup2(::fileno(file_), fd_);
  }
  ~Capture() { restore(); }

  // Gives the descriptor back and returns what was written meanwhile.
  std::string text() {
    restore();
    std::string out;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) out += static_cast<char>(c);
    std::fclose(file_);
    file_ = nullptr;
    return out;
  }

 private:
  void restore() {
    std::fflush(nullptr);
    if (saved_ >= 0) {
      ::dup2(saved_, fd_);
      ::close(saved_);
    }
    saved_ = -1;
  }

  int fd_;
  int saved_;
  std::FILE* file_;
};

}  // namespace obs::app
