// Care: what a store needs beside being written. Small parts become large ones, records that are
// too old, too many or not wanted go, exactly.
//
// It runs in the writer's process, beside ingestion and merges, and is asked through
// Writer::care(), from another process through DIR/writer.sock (store/writer_socket.h). All of it
// may be killed at any time: each part is replaced in one catalog transaction.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::store {

// Which records; every member narrows.
struct RecordChoice {
  std::vector<model::Signal> signals;  // Empty: all.
  std::optional<std::string> project;
  std::optional<std::string> service;
  // A condition in SQL over the columns of the signals' views, from query::compile_expression().
  // Whoever passes it must have checked it: it runs as it is.
  std::string condition;

  // Whether every record of its signals is meant.
  bool is_whole() const { return !project && !service && condition.empty(); }
  bool has(model::Signal signal) const;
};

// What is kept: the records of `choice` that are not older than `max_age`, and of these the newest
// that take no more than `max_bytes` at rest. Zero is no limit.
struct RetainPolicy {
  RecordChoice choice;
  Duration max_age = 0;
  std::uint64_t max_bytes = 0;
  // A part of which only some records are too old is rewritten when its earliest is older than
  // max_age by so much: at once for a command, rarely for a policy that is applied for ever.
  Duration patience = 0;
};

// "30d", "100GB", "logs=7d", "spans=20GiB", and each with a condition behind it: "logs=7d where
// service = 'checkout'", which is in choice.condition as it was given. kInvalidArgument says what
// would be right.
Result<RetainPolicy> parse_retain_policy(std::string_view text);

// Makes each policy with a condition, which is SQL by now, one of the signals that have its
// columns, where it names none. DuckDB is opened for that. kInvalidArgument, with what DuckDB says:
// there are none, or a signal that it names is not one of them.
Result<void> settle_policies(std::vector<RetainPolicy>& policies);

struct CareRequest {
  enum class Task : std::uint8_t {
    kFlush,    // What the WAL holds goes into parts.
    kCompact,  // And small parts become large ones.
    kDelete,   // The records of policy.choice that were acknowledged before go.
    kRetain,   // What the policy does not keep goes.
    kRepair,   // Damaged parts are set aside; what lies beside the others is made anew if need be.
    kForget,   // What was set aside as damaged goes for good.
  };
  Task task = Task::kFlush;
  RetainPolicy policy;
};

// One line of JSON, without its newline, and back. kMalformed: it is no request.
std::string to_json(const CareRequest& request);
Result<CareRequest> parse_care_request(std::string_view line);

// What was done: names such as "rows_removed", and how many.
using CareCounts = std::vector<std::pair<std::string, std::uint64_t>>;

// The count of that name; 0 when there is none.
std::uint64_t find_count(const CareCounts& counts, std::string_view name);

struct CareProgress {
  std::string_view what;  // "parts".
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

// A task under way: who hears of its progress, and who may end it.
class CareJob {
 public:
  // `tell` runs on the thread of the task, every now and then.
  explicit CareJob(std::function<void(const CareProgress&)> tell = {}) : tell_(std::move(tell)) {}

  void tell(const CareProgress& progress) {
    if (tell_) tell_(progress);
  }
  // The task ends before its next part, with kUnavailable. Any thread.
  void cancel() { cancelled_ = true; }
  bool cancelled() const { return cancelled_; }
  // Fails when it was cancelled.
  Result<void> check() const;

 private:
  std::function<void(const CareProgress&)> tell_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace obs::store
