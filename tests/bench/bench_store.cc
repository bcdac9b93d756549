// bench_store: what it costs to bring records to rest: CPU of the writer's own threads (WAL, flush,
// merges; neither decoding nor the making of records), bytes on disk, acknowledgement times,
// memory.

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/codec/otlp.h"
#include "libobs/store/writer.h"
#include "tests/bench/sample_batches.h"
#include "tests/unit/base/temporary_dir.h"

namespace {

using namespace obs;
using model::Batch;
using model::Signal;

constexpr std::size_t kRecords = 1000;  // A batch.
constexpr std::size_t kBatches = 1000;

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Id>
void randomize(std::vector<Id>& ids, std::mt19937_64& random) {
  for (Id& id : ids) {
    for (std::size_t at = 0; at < id.bytes.size(); at += 8) {
      const std::uint64_t bits = random();
      std::memcpy(id.bytes.data() + at, &bits, 8);
    }
  }
}

// One sample batch after another, a second of time each, with ids and bodies of its own.
class Requests {
 public:
  explicit Requests(Signal signal) : batch_(sample(signal)) {}

  // As a receiver hands it on.
  model::BatchPtr next() {
    vary();
    batch_.received += kSecond / 100;
    auto decoded = codec::decode_otlp_protobuf(batch_.signal, codec::encode_otlp_protobuf(batch_),
                                               batch_.received);
    model::assign_id(decoded->batch);
    return std::make_shared<const Batch>(std::move(decoded->batch));
  }

 private:
  static Batch sample(Signal signal) {
    switch (signal) {
      case Signal::kLogs: return bench::sample_logs(kRecords);
      case Signal::kSpans: return bench::sample_spans(kRecords);
      case Signal::kMetrics: break;
    }
    return bench::sample_metrics(kRecords);
  }

  void vary() {
    ++made_;
    texts_ = std::make_shared<Arena>();
    for (Timestamp& time : batch_.logs.time) time += kSecond / 100;
    for (Timestamp& time : batch_.spans.time) time += kSecond / 100;
    for (Timestamp& time : batch_.metrics.time) time += 15 * kSecond;
    randomize(batch_.spans.trace_id, random_);
    randomize(batch_.spans.span_id, random_);
    randomize(batch_.logs.trace_id, random_);
    for (std::size_t i = 0; i < batch_.logs.size(); ++i) {
      batch_.logs.body[i] = model::Value::string(texts_->copy(fmt::format(
          "request {:016x} of customer {} took {} ms", random_(), random_() % 50'000, made_ + i)));
    }
    for (model::Value& value : batch_.metrics.value) {
      if (value.kind() == model::ValueKind::kInt) {
        value = model::Value::integer(value.as_int() + static_cast<std::int64_t>(random_() % 100));
      }
    }
  }

  Batch batch_;
  std::shared_ptr<Arena> texts_;
  std::mt19937_64 random_{1};
  std::size_t made_ = 0;
};

std::uint64_t bytes_below(const std::string& dir) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() == ".parquet") bytes += entry.file_size();
  }
  return bytes;
}

// Acknowledgement times, in the order in which they came.
class Acks {
 public:
  pipeline::Ack expect() {
    ++waiting_;
    return [this, start = seconds(CLOCK_MONOTONIC)](Result<void> result) {
      const double took = seconds(CLOCK_MONOTONIC) - start;
      const std::lock_guard lock(mutex_);
      if (result) took_.push_back(took);
      --waiting_;
    };
  }
  void wait(int at_most) const {
    while (waiting_ > at_most) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  double quantile(double q) {
    std::sort(took_.begin(), took_.end());
    return took_.empty() ? 0 : took_[static_cast<std::size_t>(q * (took_.size() - 1))] * 1e3;
  }
  std::size_t acknowledged() const { return took_.size(); }

 private:
  std::atomic<int> waiting_ = 0;
  std::mutex mutex_;
  std::vector<double> took_;
};

// `flush_rows` as a rate and flush_age would make them; smaller ones than the default are merged.
void measure(Signal signal, std::uint64_t flush_rows, bool merge) {
  const TemporaryDir dir;
  Registry registry;
  store::WriterOptions options;
  options.flush_age = kHour;
  if (!merge) options.merge_rows = std::numeric_limits<std::uint64_t>::max();
  auto writer = store::Writer::open(system_fs(), system_clock(), dir / "data", registry, options);
  if (!writer) {
    std::printf("%s\n", writer.error().message.c_str());
    return;
  }
  Requests requests(signal);
  Acks acks;
  const double wall = seconds(CLOCK_MONOTONIC);
  const double own = seconds(CLOCK_THREAD_CPUTIME_ID);
  const double all = seconds(CLOCK_PROCESS_CPUTIME_ID);
  std::uint64_t unflushed = 0;
  for (std::size_t i = 0; i < kBatches; ++i) {
    (*writer)->write(requests.next(), acks.expect());
    acks.wait(16);
    unflushed += kRecords;
    if (unflushed < flush_rows) continue;
    (void)(*writer)->flush();
    unflushed = 0;
  }
  acks.wait(0);
  (void)(*writer)->flush();
  const Counter& merges = registry.counter("obs_store_merges_total", "");
  while (merge && merges.value() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  (void)(*writer)->close();
  const double millions = static_cast<double>(acks.acknowledged()) * kRecords / 1e6;
  const double spent =
      seconds(CLOCK_PROCESS_CPUTIME_ID) - all - (seconds(CLOCK_THREAD_CPUTIME_ID) - own);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "  %-8s flushes of %-7lu %s %5.2f CPU s a million  %6.1f B a row  ack p50 %.1f p99 %.1f ms  "
      "%.0fk/s  peak %ld MB\n",
      std::string(model::to_string(signal)).c_str(), flush_rows,
      merge ? "merged    " : "not merged", spent / millions,
      static_cast<double>(bytes_below(dir / "data")) / millions / 1e6, acks.quantile(0.5),
      acks.quantile(0.99), millions * 1e3 / (seconds(CLOCK_MONOTONIC) - wall),
      usage.ru_maxrss / 1024);
}

}  // namespace

// bench_store [logs|spans|metrics]
int main(int argc, char** argv) {
  for (const Signal signal : model::kSignals) {
    if (argc > 1 && model::to_string(signal) != argv[1]) continue;
    measure(signal, 250'000, false);
    measure(signal, 100'000, true);
  }
}
