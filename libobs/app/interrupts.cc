#include "libobs/app/interrupts.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

namespace obs::app {
namespace {

constexpr Duration kRepeat = 50 * kMillisecond;
// timeout(1) tells the process and then its group: what follows so soon is the same signal.
constexpr Duration kEcho = 250 * kMillisecond;

}  // namespace

Interrupts::Interrupts(Duration patience) : patience_(patience) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread([this](const std::stop_token& quit) { watch(quit); });
}

// A signal to the one thread, since it may be waiting for nothing else.
Interrupts::~Interrupts() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGINT);
}

void Interrupts::on_interrupt(std::function<void()> handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

void Interrupts::watch(const std::stop_token& quit) {
  for (Duration waited = 0; waited <= patience_; waited += kRepeat) {
    const int signal = wait_for_signal();
    if (quit.stop_requested()) return;
    if (signal > 0 && waited > kEcho) break;
    if (signal > 0 && !requested()) signal_ = signal;
    const std::lock_guard lock(mutex_);
    if (requested() && handler_) handler_();
  }
  ::_exit(exit_code());
}

// For as long as it takes, until the first; -1 when none comes between two calls of the handler.
int Interrupts::wait_for_signal() const {
  if (!requested()) return sigwaitinfo(&signals_, nullptr);
  constexpr timespec kNap{0, kRepeat};
  return sigtimedwait(&signals_, nullptr, &kNap);
}

}  // namespace obs::app
