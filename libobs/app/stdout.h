// Standard output for data: buffered, and quiet when its reader leaves (`obs-query logs | head`).
//
// A write to a pipe without a reader fails with an error that is_reader_gone() knows; returned from
// a main's body it ends the program with 0 and no message.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::app {

class Stdout {
 public:
  // Writes to descriptor `fd`, which stays the caller's.
  explicit Stdout(int fd = 1) : fd_(fd) {}
  // Flushes; what fails then is lost, so a program that cares has called flush().
  ~Stdout();
  Stdout(const Stdout&) = delete;
  Stdout& operator=(const Stdout&) = delete;

  // Buffers up to 64 KiB. A filter calls flush() before it waits for input.
  Result<void> write(std::string_view text);
  Result<void> flush();

  bool is_terminal() const;

 private:
  int fd_;
  std::string buffer_;
};

// True for the error of writing to a pipe whose reader has gone, whatever was put in front of it.
bool is_reader_gone(const Error& error);

}  // namespace obs::app
