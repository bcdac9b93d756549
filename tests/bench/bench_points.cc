// bench_points: what it costs to bring metrics to rest and to read them: CPU from OTLP protobuf to
// the part (decoding, WAL, flush, merges), bytes a point, scan times.

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/codec/otlp.h"
#include "libobs/store/sample_scan.h"
#include "libobs/store/writer.h"
#include "tests/bench/point_mix.h"
#include "tests/unit/base/temporary_dir.h"

namespace {

using namespace obs;

constexpr std::size_t kSeries = 5000;
constexpr std::size_t kScrapesAnHour = 240;

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::uint64_t bytes_below(const std::string& dir) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

model::BatchPtr decode(std::string&& request, Timestamp received) {
  auto decoded = codec::decode_otlp_protobuf(model::Signal::kMetrics, std::move(request), received);
  model::assign_id(decoded->batch, decoded->batch.wire);
  return std::make_shared<const model::Batch>(std::move(decoded->batch));
}

struct Plan {
  const char* name;
  bool noise;
  std::uint64_t flush_rows;
  bool merge;
  bench::PointMix::Times times = bench::PointMix::Times::kApart;
};

// CPU of everything but the making of requests.
double write_store(const std::string& dir, const Plan& plan, std::size_t scrapes) {
  Registry registry;
  store::WriterOptions options;
  options.flush_age = kHour;
  auto writer = store::Writer::open(system_fs(), system_clock(), dir, registry, options);
  bench::PointMix mix(kSeries, plan.noise, plan.times);
  std::atomic<int> waiting = 0;
  double making = 0;
  std::uint64_t unflushed = 0;
  const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (std::size_t i = 0; i < scrapes; ++i) {
    const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    auto requests = mix.scrape();
    making += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    for (std::string& request : requests) {
      ++waiting;
      (*writer)->write(decode(std::move(request), mix.time()), [&](Result<void>) { --waiting; });
    }
    while (waiting > 64) std::this_thread::sleep_for(std::chrono::microseconds(50));
    unflushed += kSeries;
    if (unflushed < plan.flush_rows) continue;
    (void)(*writer)->flush();
    unflushed = 0;
  }
  (void)(*writer)->flush();
  const Counter& merges = registry.counter("obs_store_merges_total", "");
  while (plan.merge && merges.value() == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  (void)(*writer)->close();
  return seconds(CLOCK_PROCESS_CPUTIME_ID) - begin - making;
}

// Milliseconds to read every series of the last hour in a process that has the store open: the
// median.
double scan_store(const std::string& dir, Timestamp last, std::size_t& samples) {
  auto scan = store::SampleScan::open(system_fs(), dir, {2, "", ""});
  store::SampleQuery query;
  query.range = {last - kHour + kSecond, last + kSecond};
  std::vector<double> took;
  for (int i = 0; i < 7; ++i) {
    const double begin = seconds(CLOCK_MONOTONIC);
    samples = 0;
    (void)(*scan)->select(query, [&](store::SampleSeries& series) -> Result<void> {
      samples += series.times.size();
      return {};
    });
    took.push_back((seconds(CLOCK_MONOTONIC) - begin) * 1e3);
  }
  std::sort(took.begin(), took.end());
  return took[took.size() / 2];
}

void measure(const Plan& plan, std::size_t scrapes) {
  const char* keep = std::getenv("OBS_BENCH_KEEP");
  const TemporaryDir temporary;
  const std::string dir =
      keep != nullptr ? keep + std::string("/") + plan.name : temporary / "data";
  const double spent = write_store(dir, plan, scrapes);
  const auto points = static_cast<double>(kSeries * scrapes);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::size_t samples = 0;
  const Timestamp last =
      bench::PointMix(0, false).time() + static_cast<Timestamp>(scrapes) * 15 * kSecond;
  const double scan = scan_store(dir, last, samples);
  std::printf(
      "  %-24s %5.2f CPU s a million  %5.2f B a point  scan of %zu samples %.0f ms  peak %ld MB\n",
      plan.name, spent / points * 1e6, static_cast<double>(bytes_below(dir + "/points")) / points,
      samples, scan, usage.ru_maxrss / 1024);
}

constexpr auto kRegular = bench::PointMix::Times::kRegular;
constexpr Plan kPlans[] = {{"mix, final flushes", true, 250'000, false},
                           {"no noise, final flushes", false, 250'000, false},
                           {"mix, merged", true, 100'000, true},
                           {"no noise, merged", false, 100'000, true},
                           {"regular, final flushes", false, 250'000, false, kRegular},
                           {"regular, merged", false, 100'000, true, kRegular}};

}  // namespace

// bench_points [HOURS [PLAN]]: PLAN is the number of one of kPlans.
int main(int argc, char** argv) {
  // As app::run() has it for every program.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  const std::size_t hours = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
  for (std::size_t i = 0; i < std::size(kPlans); ++i) {
    if (argc > 2 && std::strtoul(argv[2], nullptr, 10) != i) continue;
    measure(kPlans[i], hours * kScrapesAnHour);
  }
}
