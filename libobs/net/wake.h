// Wake: lets one thread end another's poll(2).

#pragma once

#include "libobs/base/clock.h"
#include "libobs/base/result.h"

namespace obs::net {

// An eventfd. Raised by any thread, waited for and lowered by one.
class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void raise() const noexcept;
  // Forgets every raise() so far.
  void lower() const noexcept;
  // Readable while raised.
  int fd() const { return fd_; }

 private:
  int fd_;
};

// What ended a wait. All false: the time was over.
struct Ready {
  bool readable = false;  // Or at its end, or broken: reading tells.
  bool writable = false;
  bool woken = false;  // The wake stays raised.
};

// Waits for `fd` (-1: only for the wake) and for `wake` (may be null), at most `timeout`; a
// negative one waits for ever.
Ready wait_ready(int fd, bool read, bool write, const Wake* wake, Duration timeout);

}  // namespace obs::net
