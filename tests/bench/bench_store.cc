// bench_store: what it costs to bring records to rest: CPU of decoding, WAL, flush and merges (not
// of the making of records), bytes on disk, acknowledgement times, memory, and how long what was
// acknowledged takes to be seen by a reader.
//
//   bench_store [logs|spans|metrics] [--records N]

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/codec/otlp.h"
#include "libobs/store/session.h"
#include "libobs/store/writer.h"
#include "tests/bench/sample_batches.h"
#include "tests/unit/base/temporary_dir.h"

namespace {

using namespace obs;
using model::Batch;
using model::Signal;

constexpr std::size_t kRecords = 1000;  // A batch.

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

  // As a sender sends it.
  std::string next() {
    vary();
    batch_.received += kSecond / 100;
    return codec::encode_otlp_protobuf(batch_);
  }

  // As a receiver hands it on.
  model::BatchPtr receive(std::string request) const {
    auto decoded = codec::decode_otlp_protobuf(batch_.signal, std::move(request), batch_.received);
    model::assign_id(decoded->batch, decoded->batch.wire);
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

double cpu_seconds() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

// Adds the CPU time of this thread, while it lives, to what is not the store's.
class Outside {
 public:
  explicit Outside(double& spent) : spent_(spent), start_(seconds(CLOCK_THREAD_CPUTIME_ID)) {}
  ~Outside() { spent_ += seconds(CLOCK_THREAD_CPUTIME_ID) - start_; }

 private:
  double& spent_;
  double start_;
};

// What of a store lies on the disk.
struct Disk {
  std::uint64_t parts = 0;
  std::uint64_t part_bytes = 0;
  std::uint64_t index_bytes = 0;

  explicit Disk(const std::string& dir) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
      const bool is_index = entry.path().extension() == ".idx";
      if (!is_index && entry.path().extension() != ".parquet") continue;
      (is_index ? index_bytes : part_bytes) += entry.file_size();
      if (!is_index) ++parts;
    }
  }
};

// The largest resident size since forget_peak(), in MB.
long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) / 1024;
  }
  return 0;
}
void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

// Times, of which quantiles are asked. Any thread.
class Times {
 public:
  void add(double took) {
    const std::lock_guard lock(mutex_);
    took_.push_back(took);
  }
  // In milliseconds.
  double quantile(double q) {
    const std::lock_guard lock(mutex_);
    std::sort(took_.begin(), took_.end());
    return took_.empty() ? 0 : took_[static_cast<std::size_t>(q * (took_.size() - 1))] * 1e3;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return took_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<double> took_;
};

// Acknowledgements that are waited for.
class Acks {
 public:
  pipeline::Ack expect() {
    const std::lock_guard lock(mutex_);
    ++waiting_;
    return [this, start = seconds(CLOCK_MONOTONIC)](Result<void> result) {
      if (result) times.add(seconds(CLOCK_MONOTONIC) - start);
      if (result) acknowledged_ += kRecords;
      const std::lock_guard acked(mutex_);
      --waiting_;
      fewer_.notify_one();
    };
  }
  void wait(int at_most) {
    std::unique_lock lock(mutex_);
    fewer_.wait(lock, [&] { return waiting_ <= at_most; });
  }
  std::uint64_t acknowledged() const { return acknowledged_; }

  Times times;

 private:
  std::mutex mutex_;
  std::condition_variable fewer_;
  int waiting_ = 0;
  std::atomic<std::uint64_t> acknowledged_ = 0;
};

// A reader that asks for the newest record again and again. What had been acknowledged when it
// began to ask must be in the answer.
class Reader {
 public:
  Reader(std::string dir, Signal signal, const Acks& acks)
      : dir_(std::move(dir)), signal_(signal), acks_(acks), thread_([this] { run(); }) {}
  void stop() {
    stopping_ = true;
    thread_.join();
  }

  Times times;
  double cpu = 0;  // Its own.
  std::size_t missed = 0;

 private:
  void run() {
    const Outside outside(cpu);
    auto session = store::Session::open(system_fs(), dir_, {1, "", ""});
    if (!session) return;
    while (!stopping_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ask(**session);
    }
  }

  void ask(store::Session& session) {
    const std::uint64_t acknowledged = acks_.acknowledged();
    if (acknowledged == 0) return;
    const double start = seconds(CLOCK_MONOTONIC);
    store::SnapshotFilter filter;
    filter.after_seq = acknowledged - 1;
    if (!session.refresh(filter)) return;
    auto rows = session.connection().query(
        fmt::format("SELECT max(seq) FROM {}", model::to_string(signal_)));
    std::span<const model::Value> row;
    if (!rows || !(*rows)->next(row)) return;
    times.add(seconds(CLOCK_MONOTONIC) - start);
    if (row[0].as_int() < static_cast<std::int64_t>(acknowledged)) ++missed;
  }

  const std::string dir_;
  const Signal signal_;
  const Acks& acks_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct Load {
  const char* name;
  std::size_t records;
  std::uint64_t flush_rows = 0;  // Flush whenever so many came; 0: when the writer sees fit.
  double rate = 0;               // Records a second; 0: as fast as they are taken.
  bool reader = false;           // Somebody reads meanwhile.
};

// Merges go on after the last flush.
void wait_until_idle() {
  for (double before = -1; cpu_seconds() - before > 0.01;) {
    before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
}

// What is sent, in order; `outside` is what making it costs.
void send(const Load& load, Signal signal, store::Writer& writer, Acks& acks, double& outside) {
  Requests requests(signal);
  const double begin = seconds(CLOCK_MONOTONIC);
  std::uint64_t unflushed = 0;
  for (std::size_t sent = 0; sent < load.records; sent += kRecords) {
    const double due = load.rate > 0 ? begin + static_cast<double>(sent) / load.rate : 0;
    const double early = due - seconds(CLOCK_MONOTONIC);
    if (early > 0) std::this_thread::sleep_for(std::chrono::duration<double>(early));
    std::string request;
    {
      const Outside making(outside);
      request = requests.next();
    }
    writer.write(requests.receive(std::move(request)), acks.expect());
    acks.wait(16);
    unflushed += kRecords;
    if (load.flush_rows == 0 || unflushed < load.flush_rows) continue;
    (void)writer.flush();
    unflushed = 0;
  }
  acks.wait(0);
}

void measure(Signal signal, const Load& load) {
  const TemporaryDir dir;
  Registry registry;
  auto writer = store::Writer::open(system_fs(), system_clock(), dir / "data", registry, {});
  if (!writer) {
    std::printf("%s\n", writer.error().message.c_str());
    return;
  }
  forget_peak();
  Acks acks;
  std::optional<Reader> reader;
  if (load.reader) reader.emplace(dir / "data", signal, acks);
  const double wall = seconds(CLOCK_MONOTONIC);
  const double before = cpu_seconds();
  double outside = 0;
  send(load, signal, **writer, acks, outside);
  const double rate = static_cast<double>(acks.acknowledged()) / (seconds(CLOCK_MONOTONIC) - wall);
  if (reader) reader->stop();
  (void)(*writer)->flush();
  wait_until_idle();
  const double spent = cpu_seconds() - before - outside - (reader ? reader->cpu : 0);
  const double millions = static_cast<double>(acks.acknowledged()) / 1e6;
  const Disk disk(dir / "data");
  const auto rewritten = registry.counter("obs_store_rows_merged_total", "").value();
  std::printf(
      "  %-8s %-14s %5.2f CPU s a million  %5.1f + %4.1f B a row  %3lu parts, %3.0f %% rewritten  "
      "ack p50 %.1f p99 %.1f ms  %4.0fk/s  peak %ld MB",
      std::string(model::to_string(signal)).c_str(), load.name, spent / millions,
      static_cast<double>(disk.part_bytes) / millions / 1e6,
      static_cast<double>(disk.index_bytes) / millions / 1e6, disk.parts,
      static_cast<double>(rewritten) / millions / 1e4, acks.times.quantile(0.5),
      acks.times.quantile(0.99), rate / 1e3, peak_memory());
  if (reader) {
    std::printf("  queryable p50 %.1f p99 %.1f ms, %lu of %lu answers too old",
                reader->times.quantile(0.5), reader->times.quantile(0.99), reader->missed,
                reader->times.size());
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // As every program does: app/run.cc.
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  std::string only;
  std::size_t records = 2'000'000;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--records" && i + 1 < argc) {
      records = std::stoul(argv[++i]);
    } else {
      only = word;
    }
  }
  const Load loads[] = {
      {"full load", records},
      {"as at 10k/s", records, 100'000},  // Which is what ten seconds bring.
      {"half load", records, 0, 150'000, true},
  };
  for (const Signal signal : model::kSignals) {
    if (!only.empty() && model::to_string(signal) != only) continue;
    for (const Load& load : loads) measure(signal, load);
  }
}
