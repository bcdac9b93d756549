#include "libobs/places/thread_turns.h"

#include <algorithm>
#include <cstdint>

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace obs::places {
namespace {

constexpr int kNicest = 19;

// The first version of the kernel's struct sched_attr, which glibc 2.36 does not have.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // The slice of a thread without deadlines, in ns.
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(Attributes) == 48);

constexpr std::uint64_t kKeepPolicy = 8;  // SCHED_FLAG_KEEP_POLICY: who was started as idle stays.

cpu_set_t allowed_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  (void)::sched_getaffinity(0, sizeof allowed, &allowed);
  return allowed;
}

}  // namespace

void ask_for_turns(int nicer_by, Duration slice) {
  const auto self = static_cast<id_t>(::gettid());
  Attributes wanted;
  wanted.flags = kKeepPolicy;
  wanted.nice = std::min(::getpriority(PRIO_PROCESS, self) + nicer_by, kNicest);
  wanted.runtime = static_cast<std::uint64_t>(slice);
  if (::syscall(SYS_sched_setattr, 0, &wanted, 0) == 0) return;
  (void)::setpriority(PRIO_PROCESS, self, wanted.nice);
}

bool keep_to_cpu(std::size_t index) {
  const cpu_set_t allowed = allowed_cpus();
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || index-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  return false;
}

std::size_t count_cpus() {
  const cpu_set_t allowed = allowed_cpus();
  return static_cast<std::size_t>(std::max(CPU_COUNT(&allowed), 1));
}

}  // namespace obs::places
