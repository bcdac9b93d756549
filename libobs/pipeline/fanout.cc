#include "libobs/pipeline/fanout.h"

#include <mutex>
#include <optional>
#include <utility>

namespace obs::pipeline {
namespace {

// A refusal for good outranks one that a retry may mend.
void merge(std::optional<Error>& all, Error&& one) {
  if (!all) {
    all = std::move(one);
    return;
  }
  if (all->code == Errc::kUnavailable) all->code = one.code;
  all->message += "; " + one.message;
}

// Gathers the acks of one batch.
class Gathering {
 public:
  Gathering(std::size_t expected, Ack ack) : waiting_(expected), ack_(std::move(ack)) {}

  void add(Result<void> result) {
    {
      const std::lock_guard lock(mutex_);
      if (!result) merge(error_, std::move(result).error());
      if (--waiting_ > 0) return;
    }
    if (error_) return ack_(fail(std::move(*error_)));
    ack_({});
  }

 private:
  std::mutex mutex_;
  std::size_t waiting_;
  std::optional<Error> error_;
  Ack ack_;
};

}  // namespace

Fanout::Fanout(std::vector<std::unique_ptr<Sink>> sinks) : sinks_(std::move(sinks)) {}

void Fanout::write(model::BatchPtr batch, Ack ack) {
  auto gathering = std::make_shared<Gathering>(sinks_.size(), std::move(ack));
  for (const auto& sink : sinks_) {
    sink->write(batch, [gathering](Result<void> result) { gathering->add(std::move(result)); });
  }
}

void Fanout::give_up_after(Duration grace) {
  for (const auto& sink : sinks_) sink->give_up_after(grace);
}

Result<void> Fanout::close() {
  std::optional<Error> error;
  for (const auto& sink : sinks_) {
    if (auto closed = sink->close(); !closed) merge(error, std::move(closed).error());
  }
  if (error) return fail(std::move(*error));
  return {};
}

std::vector<Health> Fanout::health() const {
  std::vector<Health> all;
  for (const auto& sink : sinks_) {
    for (Health& one : sink->health()) all.push_back(std::move(one));
  }
  return all;
}

std::unique_ptr<Sink> join_sinks(std::vector<std::unique_ptr<Sink>> sinks) {
  if (sinks.size() == 1) return std::move(sinks.front());
  return std::make_unique<Fanout>(std::move(sinks));
}

}  // namespace obs::pipeline
