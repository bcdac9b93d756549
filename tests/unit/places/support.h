// What the tests of places share: batches made from lines, sinks that do as they are told, and a
// directory that goes away.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/codec/ndjson.h"
#include "libobs/pipeline/sink.h"
#include "libobs/places/places.h"

namespace obs::places {

inline std::string log_line(const std::string& body, const std::string& host = "web") {
  return fmt::format(
      R"({{"signal":"log","time":"2026-11-22T10:00:00.000000000Z","body":"{}","resource":{{"host.name":"{}"}}}})",
      body, host);
}

inline std::string span_line(int trace) {
  return fmt::format(
      R"({{"signal":"span","time":"2026-11-22T10:00:00Z","duration_ns":5,"name":"GET /","trace_id":"{:032x}","span_id":"{:016x}"}})",
      trace, trace + 1);
}

inline std::string metric_line(const std::string& name, int value) {
  return fmt::format(
      R"({{"signal":"metric","time":"2026-11-22T10:00:00Z","name":"{}","type":"gauge","value":{}}})",
      name, value);
}

// All lines are of one signal.
inline model::BatchPtr make_batch(const std::vector<std::string>& lines) {
  codec::NdjsonDecoder decoder;
  for (const std::string& line : lines) REQUIRE(decoder.add_line(line, 1));
  auto batches = decoder.take();
  REQUIRE(batches.size() == 1);
  fill_random(batches[0].id.bytes);
  return std::make_shared<const model::Batch>(std::move(batches[0]));
}

inline model::BatchPtr make_log(const std::string& body) { return make_batch({log_line(body)}); }

// Waits until it is so; what a test expects comes within milliseconds.
inline bool eventually(const std::function<bool()>& holds, int seconds = 20) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// Remembers what it was given. `answer` says what becomes of each batch; without, all is well.
class RecordingSink final : public pipeline::Sink {
 public:
  using Answer = std::function<Result<void>(const model::Batch&)>;
  explicit RecordingSink(Answer answer = {}) : answer_(std::move(answer)) {}

  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    Result<void> outcome;
    {
      std::lock_guard lock(mutex_);
      if (answer_) outcome = answer_(*batch);
      if (outcome) {
        if (!ids_.insert(to_hex(batch->id)).second) ++repeated_;
        batches_.push_back(batch);
      } else {
        ++refused_;
      }
      if (outcome && holding_) {
        held_.push_back(std::move(ack));
        return;
      }
    }
    ack(std::move(outcome));
  }
  void give_up_after(Duration grace) override { grace_ = grace; }
  Result<void> close() override { return {}; }
  std::vector<pipeline::Health> health() const override { return {}; }

  // What it was given when told to end; 0 before.
  Duration grace() const { return grace_; }

  // Keeps acks back from now on, until let_go().
  void hold() {
    std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void let_go(const Result<void>& outcome = {}) {
    std::deque<pipeline::Ack> acks;
    {
      std::lock_guard lock(mutex_);
      holding_ = false;
      acks.swap(held_);
    }
    for (auto& ack : acks) ack(outcome);
  }

  std::vector<model::BatchPtr> batches() const {
    std::lock_guard lock(mutex_);
    return batches_;
  }
  std::size_t records() const {
    std::size_t count = 0;
    for (const auto& batch : batches()) count += batch->size();
    return count;
  }
  // Bodies of logs, those of repeated batches once.
  std::multiset<std::string> bodies() const {
    std::multiset<std::string> all;
    std::set<std::string> seen;
    for (const auto& batch : batches()) {
      if (!seen.insert(to_hex(batch->id)).second) continue;
      for (const auto& body : batch->logs.body) all.emplace(body.as_string());
    }
    return all;
  }
  std::size_t refused() const {
    std::lock_guard lock(mutex_);
    return refused_;
  }
  std::size_t repeated() const {
    std::lock_guard lock(mutex_);
    return repeated_;
  }

 private:
  mutable std::mutex mutex_;
  Answer answer_;
  bool holding_ = false;
  std::deque<pipeline::Ack> held_;
  std::vector<model::BatchPtr> batches_;
  std::set<std::string> ids_;
  std::size_t refused_ = 0;
  std::size_t repeated_ = 0;
  std::atomic<Duration> grace_{0};
};

// Writes a batch and waits for what becomes of it.
inline Result<void> write_and_wait(pipeline::Sink& sink, model::BatchPtr batch) {
  struct Outcome {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<void>> result;
  };
  auto outcome = std::make_shared<Outcome>();
  sink.write(std::move(batch), [outcome](Result<void> result) {
    std::lock_guard lock(outcome->mutex);
    outcome->result = std::move(result);
    outcome->changed.notify_all();
  });
  std::unique_lock lock(outcome->mutex);
  const bool came = outcome->changed.wait_for(lock, std::chrono::seconds(20),
                                              [&] { return outcome->result.has_value(); });
  if (!came) return fail(Errc::kInternal, "no ack in 20 s");
  return *outcome->result;
}

class TemporaryDir {
 public:
  TemporaryDir() {
    char name[] = "/tmp/obs-places-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryDir() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string read_text(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

inline void append_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

inline Address address_of(const std::string& text) {
  auto address = parse_address(text);
  INFO(text);
  REQUIRE(address);
  return *std::move(address);
}

// A source running on a thread of its own.
class RunningSource {
 public:
  RunningSource(std::unique_ptr<pipeline::Source> source, pipeline::Sink& sink)
      : source_(std::move(source)), thread_([this, &sink](std::stop_token stop) {
          result_ = source_->run(sink, stop);
          done_ = true;
        }) {}

  bool is_done() const { return done_; }
  Result<void> stop() {
    thread_.request_stop();
    return join();
  }
  Result<void> join() {
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  std::unique_ptr<pipeline::Source> source_;
  std::atomic<bool> done_{false};
  Result<void> result_;
  std::jthread thread_;
};

}  // namespace obs::places
