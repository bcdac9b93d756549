#include "tests/bench/measure.h"

#include <time.h>

#include <algorithm>
#include <cstdio>

namespace obs::bench {
namespace {

constexpr int kRounds = 7;
constexpr int kRequests = 150;  // A round.

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

void measure(const char* name, std::size_t bytes, const std::function<std::size_t()>& work) {
  double best = 1e9;
  std::size_t sink = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = cpu_seconds();
    for (int i = 0; i < kRequests; ++i) sink += work();
    best = std::min(best, cpu_seconds() - start);
  }
  const double records = static_cast<double>(kRequests) * kRequestRecords;
  const double megabytes = static_cast<double>(kRequests) * static_cast<double>(bytes) / 1e6;
  std::printf("  %-24s %6.3f s a million  %6.2f M records/s  %7.0f MB/s%s\n", name,
              best / records * 1e6, records / best / 1e6, megabytes / best,
              sink == 0 ? "  FAILED" : "");
}

}  // namespace obs::bench
