#include "cmd/obs/supervisor.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cmd/obs/suite.h"
#include "libobs/codec/ndjson.h"
#include "libobs/places/output.h"

namespace obs::suite {
namespace {

constexpr Duration kPollStep = 20 * kMillisecond;
// A receiver has requests to finish and a store to close.
constexpr Duration kStopLimit = 30 * kSecond;

}  // namespace

struct Supervisor::Running {
  std::string program;
  Process process;
  places::LineSplitter lines;
};

Supervisor::Supervisor(const app::Log& log) : log_(log), terminal_(::isatty(STDERR_FILENO) == 1) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &wanted, &old_signals_);
  signals_ = Descriptor(::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
}

Supervisor::~Supervisor() {
  stop();
  ::sigprocmask(SIG_SETMASK, &old_signals_, nullptr);
}

Result<void> Supervisor::start(const Member& member) {
  OBS_TRY(const std::string path, find_program(member.program));
  OBS_TRY(Process process, Process::start(path, member.arguments));
  members_.push_back({member.program, std::move(process), places::LineSplitter()});
  return {};
}

Result<bool> Supervisor::run_until(const std::function<bool()>& done) {
  for (;;) {
    poll_once(kPollStep);
    if (signalled()) return true;
    for (auto member = members_.begin(); member != members_.end(); ++member) {
      ending_ = member->process.ending();
      if (!ending_) continue;
      relay(*member);  // Its last words say why.
      const std::string program = member->program;
      members_.erase(member);
      return fail(Errc::kUnavailable,
                  fmt::format("{} ended {}; stopping the others", program, to_text(*ending_)));
    }
    if (done()) return false;
  }
}

void Supervisor::stop() {
  while (!members_.empty()) {
    Running& last = members_.back();
    last.process.signal(SIGTERM);
    const Duration deadline = system_clock().monotonic() + kStopLimit;
    while (!last.process.ending() && system_clock().monotonic() < deadline) poll_once(kPollStep);
    relay(last);
    if (!last.process.ending()) {
      log_.warn(fmt::format("{} does not end; killing it", last.program));
    } else if (const Ending ending = *last.process.ending(); !ending.is_good()) {
      log_.warn(fmt::format("{} ended {}", last.program, to_text(ending)));
    }
    members_.pop_back();
  }
}

bool Supervisor::signalled() {
  signalfd_siginfo signal{};
  return ::read(signals_.get(), &signal, sizeof(signal)) == sizeof(signal);
}

// Waits until a member says something or ends, or a signal arrives, and passes on what was said.
void Supervisor::poll_once(Duration wait) {
  std::vector<pollfd> watched = {{signals_.get(), POLLIN, 0}};
  for (const Running& member : members_) {
    watched.push_back({member.process.output(), POLLIN, 0});
    // One that is being stopped may already have ended; its descriptor stays readable.
    watched.push_back({member.process.exit(), POLLIN, 0});
  }
  ::poll(watched.data(), watched.size(), static_cast<int>(wait / kMillisecond));
  for (Running& member : members_) relay(member);
}

void Supervisor::relay(Running& member) {
  std::array<char, 64 * kKiB> room;
  for (;;) {
    const ssize_t got = ::read(member.process.output(), room.data(), room.size());
    if (got <= 0) {
      if (got == 0) member.process.close_output();
      break;
    }
    member.lines.feed({room.data(), static_cast<std::size_t>(got)});
    while (const auto line = member.lines.next()) pass_on(member.program, *line);
  }
  if (member.process.output() >= 0) return;
  if (const auto line = member.lines.last()) pass_on(member.program, *line);
}

// Members that write to a pipe log records, which already name their program: a terminal gets their
// text, anything else the records. What is no record is what a program complains of as it ends,
// with its name in front; it becomes one.
void Supervisor::pass_on(const std::string& program, std::string_view line) {
  const std::string name = program + ": ";
  if (!line.starts_with("{\"signal\":\"log\"")) {
    app::Log(program).error(line.starts_with(name) ? line.substr(name.size()) : line);
    return;
  }
  std::string text = std::string(line) + "\n";
  codec::NdjsonDecoder decoder;
  if (terminal_ && decoder.add_line(line, 0) && decoder.size() == 1) {
    const model::Batch batch = std::move(decoder.take().front());
    const model::Value body = batch.logs.body[0];
    text = app::to_log_line(program, body.is_string() ? body.as_string() : line,
                            batch.logs.attributes[0]);
  }
  // There is nobody left to tell when stderr fails.
  (void)places::write_all(STDERR_FILENO, text, "stderr");
}

}  // namespace obs::suite
