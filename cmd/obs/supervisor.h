// The supervisor: runs several programs as one, and passes on what they say.
//
// It restarts nothing: when one ends, the others would go on without it and nobody would notice.

#pragma once

#include <csignal>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "cmd/obs/process.h"
#include "libobs/app/log.h"
#include "libobs/base/clock.h"
#include "libobs/places/line_splitter.h"

namespace obs::suite {

struct Member {
  std::string program;
  std::vector<std::string> arguments;
};

// Not thread-safe, and only one at a time: it takes SIGINT and SIGTERM for the process.
class Supervisor {
 public:
  explicit Supervisor(const app::Log& log);
  ~Supervisor();

  Result<void> start(const Member& member);

  // Passes on what the members say until `done` answers true (asked every few milliseconds), a
  // signal asks us to end (then true), or a member ends by itself: kUnavailable says which and how.
  Result<bool> run_until(const std::function<bool()>& done);

  // Ends the members one by one, those started last first: who sends before who receives. One that
  // does not end in time is killed, which the log says.
  void stop();

  // Of the member that ended by itself.
  std::optional<Ending> ending() const { return ending_; }

 private:
  struct Running;

  bool signalled();
  void poll_once(Duration wait);
  void relay(Running& member);
  void pass_on(const std::string& program, std::string_view line);

  const app::Log& log_;
  bool terminal_;
  sigset_t old_signals_;
  Descriptor signals_;
  std::list<Running> members_;
  std::optional<Ending> ending_;
};

}  // namespace obs::suite
