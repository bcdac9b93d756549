// For tests: a sink that keeps batches in memory and acks as it is told.

#pragma once

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "libobs/pipeline/sink.h"

namespace obs::api {

class MemorySink final : public pipeline::Sink {
 public:
  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    const std::lock_guard lock(mutex_);
    if (error) return ack(fail(*error));
    batches_.push_back(std::move(batch));
    if (hold) {
      held.push_back(std::move(ack));
    } else {
      ack({});
    }
  }
  Result<void> close() override { return {}; }
  std::vector<pipeline::Health> health() const override { return status; }

  std::vector<model::BatchPtr> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  std::size_t records() const {
    std::size_t sum = 0;
    for (const auto& batch : batches()) sum += batch->size();
    return sum;
  }

  std::optional<Error> error;       // Ack everything with it.
  bool hold = false;                // Keep acks in `held`.
  std::vector<pipeline::Ack> held;  // Only with sinks used from one thread.
  std::vector<pipeline::Health> status = {{"memory:", true, ""}};

 private:
  mutable std::mutex mutex_;
  std::vector<model::BatchPtr> batches_;
};

}  // namespace obs::api
