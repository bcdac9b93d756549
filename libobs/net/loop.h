// The event loop: one a process, on libuv. Everything that touches a socket runs on its thread.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"

struct uv_loop_s;

namespace obs::net {

class Loop {
 public:
  Loop();
  ~Loop();  // close(). What was opened on the loop must have been destroyed before.
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs `task` on the loop's thread, soon. Any thread; tasks run in the order of their posting.
  // Tasks posted after the loop has stopped are run by close().
  void post(std::function<void()> task);

  // Runs `work` on a worker thread, then `done` on the loop's thread. Loop thread only.
  void run_in_worker(std::function<void()> work, std::function<void()> done);

  // Calls `task` every `period` (a millisecond at least) on the loop's thread until the returned
  // handle is destroyed. Loop thread only.
  class Timer;
  std::shared_ptr<Timer> every(Duration period, std::function<void()> task);

  // A clock that never goes back, to the millisecond, read once a turn of the loop.
  Duration now() const;

  // Runs until SIGINT or SIGTERM arrives or stop() is called. Returns the signal, or 0. The signals
  // are caught from the first posted task on; a second one, while draining, ends the process as it
  // would have without us. SIGPIPE and SIGXFSZ are ignored from construction on. `on_hangup`, if
  // set, is called at each SIGHUP.
  int run_until_signal(std::function<void()> on_hangup = {});

  // The same for a loop on a thread of its own, which hears no signals.
  void run();

  // Runs for as long as `pending` answers true, for what must still be written after the listeners
  // have closed; at most `limit`. Returns whether it got there.
  bool drain(const std::function<bool()>& pending, Duration limit);

  void stop();  // Any thread.

  // Runs what is left until every handle has closed. False when one was never closed: our bug. The
  // loop is of no use afterwards.
  bool close();

  uv_loop_s* raw();  // For the other files of this module.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obs::net
