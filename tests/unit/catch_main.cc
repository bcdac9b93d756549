// Catch2 is slow to compile once, so every test program links this one.

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

// Tests sync thousands of times, for which a disk takes seconds and memory none. What is on disk
// after a power cut is FaultFs's to say; benchmarks measure the disk. A container's own 64 MiB of
// shared memory would not do. The slow tier, which takes all faults, is to meet the disk.
void keep_files_in_memory() {
  constexpr const char* kMemory = "/dev/shm";
  constexpr std::uint64_t kNeeded = std::uint64_t{1} << 30;
  if (std::getenv("OBS_FAULT_ALL") != nullptr) return;
  struct statvfs space {};
  if (::access(kMemory, W_OK | X_OK) != 0 || ::statvfs(kMemory, &space) != 0) return;
  if (std::uint64_t{space.f_bavail} * space.f_frsize < kNeeded) return;
  ::setenv("TMPDIR", kMemory, /*overwrite=*/0);
}

}  // namespace

int main(int argc, char** argv) {
  keep_files_in_memory();
  return Catch::Session().run(argc, argv);
}
