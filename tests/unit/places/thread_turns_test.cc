#include "libobs/places/thread_turns.h"

#include <algorithm>
#include <set>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace obs::places {
namespace {

// On a thread of its own, so that the test's stays as it was.
void on_a_thread(const auto& task) { std::thread(task).join(); }

int niceness() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

TEST_CASE("a thread that gives way is nicer by what it said, and its slice changes nothing else",
          "[places][turns]") {
  const int before = niceness();
  int after = 0;
  on_a_thread([&] {
    ask_for_turns(3, kMillisecond);
    after = niceness();
  });
  CHECK(after == std::min(before + 3, 19));
  CHECK(niceness() == before);
}

TEST_CASE("every CPU that a process may use can be had, and no other", "[places][turns]") {
  std::set<int> had;
  const std::size_t count = count_cpus();
  for (std::size_t i = 0; i < count; ++i) {
    on_a_thread([&] {
      if (keep_to_cpu(i)) had.insert(::sched_getcpu());
    });
  }
  CHECK(had.size() == count);
  bool too_far = true;
  on_a_thread([&] { too_far = keep_to_cpu(count); });
  CHECK_FALSE(too_far);
}

}  // namespace
}  // namespace obs::places
