#include "libobs/net/loop.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <uv.h>

#include "libobs/net/handle.h"

namespace obs::net {
namespace {

// How often drain() asks, when nothing happens on the loop that could have changed the answer.
constexpr std::uint64_t kDrainPollMs = 10;

struct Work {
  uv_work_t request{};
  std::function<void()> work;
  std::function<void()> done;
};

}  // namespace

Failure<Error> fail_uv(int status, std::string_view action) {
  Errc code = Errc::kIo;
  if (status == UV_EADDRINUSE || status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOBUFS)
    code = Errc::kUnavailable;
  if (status == UV_EADDRNOTAVAIL || status == UV_EINVAL || status == UV_EACCES)
    code = Errc::kInvalidArgument;
  return fail(code, fmt::format("{}: {}", action, uv_strerror(status)));
}

struct Loop::State {
  uv_loop_t loop{};
  Handle<uv_async_t> wake;
  std::mutex mutex;
  std::vector<std::function<void()>> tasks;  // Guarded by mutex.
  bool closed = false;

  bool run_tasks();
};

class Loop::Timer {
 public:
  Timer(Handle<uv_timer_t> handle, std::function<void()> task)
      : handle_(std::move(handle)),
        task_(std::make_shared<std::function<void()>>(std::move(task))) {
    handle_->data = this;
  }

  void start(Duration period) {
    const auto ms = static_cast<std::uint64_t>(std::max<Duration>(period / kMillisecond, 1));
    uv_timer_start(
        handle_.get(),
        [](uv_timer_t* timer) {
          // A task may destroy its timer: it must outlive its own call.
          const auto task = static_cast<Timer*>(timer->data)->task_;
          (*task)();
        },
        ms, ms);
  }

 private:
  Handle<uv_timer_t> handle_;
  std::shared_ptr<std::function<void()>> task_;
};

Loop::Loop() : state_(std::make_unique<State>()) {
  // A reader that leaves and a limit on the size of files are errors of the write, not deaths.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // Neither fails but for want of memory or descriptors at start.
  uv_loop_init(&state_->loop);
  auto wake = std::make_unique<uv_async_t>();
  uv_async_init(&state_->loop, wake.get(),
                [](uv_async_t* async) { static_cast<State*>(async->data)->run_tasks(); });
  wake->data = state_.get();
  state_->wake.reset(wake.release());
}

Loop::~Loop() { close(); }

// Runs the tasks posted so far. Those they post come with the next wake-up, so that a task which
// posts itself cannot keep the loop from its sockets.
bool Loop::State::run_tasks() {
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock(mutex);
    due.swap(tasks);
  }
  for (auto& task : due) task();
  return !due.empty();
}

void Loop::post(std::function<void()> task) {
  const std::lock_guard lock(state_->mutex);
  state_->tasks.push_back(std::move(task));
  if (state_->wake) uv_async_send(state_->wake.get());
}

void Loop::run_in_worker(std::function<void()> work, std::function<void()> done) {
  auto* item = new Work{{}, std::move(work), std::move(done)};
  item->request.data = item;
  uv_queue_work(
      &state_->loop, &item->request,
      [](uv_work_t* request) { static_cast<Work*>(request->data)->work(); },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Work> finished(static_cast<Work*>(request->data));
        finished->done();
      });
}

std::shared_ptr<Loop::Timer> Loop::every(Duration period, std::function<void()> task) {
  // uv_timer_init cannot fail.
  auto handle = open_handle<uv_timer_t>(
      "make a timer", [&](uv_timer_t* timer) { return uv_timer_init(&state_->loop, timer); });
  auto timer = std::make_shared<Timer>(std::move(*handle), std::move(task));
  timer->start(period);
  return timer;
}

Duration Loop::now() const { return static_cast<Duration>(uv_now(&state_->loop)) * kMillisecond; }

int Loop::run_until_signal(std::function<void()> on_hangup) {
  struct Context {
    uv_loop_t* loop;
    std::function<void()> on_hangup;
    int received = 0;
  } context{&state_->loop, std::move(on_hangup)};

  std::vector<Handle<uv_signal_t>> handles;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (number == SIGHUP && !context.on_hangup) continue;
    auto handle = open_handle<uv_signal_t>("catch signals", [&](uv_signal_t* signal) {
      return uv_signal_init(&state_->loop, signal);
    });
    if (!handle) continue;
    (*handle)->data = &context;
    uv_signal_start(
        handle->get(),
        [](uv_signal_t* signal, int signum) {
          auto* caught = static_cast<Context*>(signal->data);
          if (caught == nullptr) return;
          if (signum == SIGHUP) return caught->on_hangup();
          caught->received = signum;
          uv_stop(caught->loop);
        },
        number);
    handles.push_back(std::move(*handle));
  }
  uv_run(&state_->loop, UV_RUN_DEFAULT);
  return context.received;
}

void Loop::run() { uv_run(&state_->loop, UV_RUN_DEFAULT); }

bool Loop::drain(const std::function<bool()>& pending, Duration limit) {
  const auto ticker = every(kDrainPollMs * kMillisecond, [] {});
  const Duration deadline = static_cast<Duration>(uv_hrtime()) + limit;
  while (pending()) {
    if (static_cast<Duration>(uv_hrtime()) >= deadline) return false;
    uv_run(&state_->loop, UV_RUN_ONCE);
  }
  return true;
}

void Loop::stop() {
  post([this] { uv_stop(&state_->loop); });
}

bool Loop::close() {
  State& state = *state_;
  if (state.closed) return true;
  {
    const std::lock_guard lock(state.mutex);
    state.wake.reset();
  }
  do {
    uv_run(&state.loop, UV_RUN_DEFAULT);
  } while (state.run_tasks() || uv_loop_alive(&state.loop) != 0);
  state.closed = uv_loop_close(&state.loop) == 0;
  return state.closed;
}

uv_loop_s* Loop::raw() { return &state_->loop; }

}  // namespace obs::net
