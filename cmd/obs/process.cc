#include "cmd/obs/process.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 declares these as if for C++.
extern "C" {
#include <sys/pidfd.h>
}

#include <fmt/format.h>

namespace obs::suite {
namespace {

// What a shell says when it cannot run a program.
constexpr int kCannotRun = 127;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "open a pipe");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const char* path, char* const* argv, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotRun);  // It died before we asked to be told.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const int empty = ::open("/dev/null", O_RDONLY);
  ::dup2(empty, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(path, argv);
  ::_exit(kCannotRun);
}

Ending to_ending(int status) {
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string to_text(const Ending& ending) {
  if (ending.signal == 0) return fmt::format("with exit status {}", ending.code);
  return fmt::format("by signal {} ({})", ending.signal, ::strsignal(ending.signal));
}

Result<Process> Process::start(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  OBS_TRY(Pipe pipe, open_pipe());

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, "start " + path);
  if (pid == 0) become(path.c_str(), argv.data(), pipe.write.get(), parent);
  Descriptor exit(::pidfd_open(pid, 0));
  if (!exit) return fail_errno(errno, "watch " + path);
  return Process(pid, std::move(pipe.read), std::move(exit));
}

Process::Process(pid_t pid, Descriptor output, Descriptor exit)
    : output_(std::move(output)), exit_(std::move(exit)), pid_(pid) {}

Process::~Process() {
  if (!exit_ || ending()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const { ::pidfd_send_signal(exit_.get(), number, nullptr, 0); }

std::optional<Ending> Process::ending() {
  int status = 0;
  if (!ending_ && ::waitpid(pid_, &status, WNOHANG) == pid_) ending_ = to_ending(status);
  return ending_;
}

}  // namespace obs::suite
