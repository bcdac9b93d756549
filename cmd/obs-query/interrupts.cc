#include "cmd/obs-query/interrupts.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "libobs/base/clock.h"

namespace obs::ask {
namespace {

constexpr Duration kNap = 50 * kMillisecond;  // How late the end of the program may be noticed.
constexpr Duration kPatience = 2 * kSecond;

}  // namespace

Interrupts::Interrupts() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread([this](const std::stop_token& quit) { watch(quit); });
}

void Interrupts::on_interrupt(std::function<void()> handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

// The handler is called again with every nap: an interrupt may come between two queries.
void Interrupts::watch(const std::stop_token& quit) {
  constexpr timespec nap{0, kNap};
  Duration waited = 0;
  while (!quit.stop_requested()) {
    const int signal = sigtimedwait(&signals_, nullptr, &nap);
    if (signal > 0 && requested()) ::_exit(exit_code());
    if (signal > 0) signal_ = signal;
    if (!requested()) continue;
    if ((waited += kNap) > kPatience) ::_exit(exit_code());
    const std::lock_guard lock(mutex_);
    if (handler_) handler_();
  }
}

}  // namespace obs::ask
