#include "libobs/app/interrupts.h"

#include <chrono>

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace obs;
using app::Interrupts;

TEST_CASE("a signal is asked about, and told again and again until the end", "[app][interrupts]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  std::atomic<int> told{0};
  Interrupts interrupts(Interrupts::kForever);
  interrupts.on_interrupt([&] { ++told; });
  CHECK_FALSE(interrupts.requested());
  CHECK(interrupts.signal() == 0);

  REQUIRE(::kill(::getpid(), signal) == 0);
  // The same signal once more at once: from a shell that tells the process and its group.
  REQUIRE(::kill(::getpid(), signal) == 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (told < 3 && std::chrono::steady_clock::now() < deadline) ::usleep(1000);
  CHECK(told >= 3);
  CHECK(interrupts.requested());
  CHECK(interrupts.signal() == signal);
  CHECK(interrupts.exit_code() == 128 + signal);
  interrupts.on_interrupt({});
}

TEST_CASE("without a signal nothing is told", "[app][interrupts]") {
  Interrupts interrupts;
  interrupts.on_interrupt([] { FAIL("told of nothing"); });
  CHECK_FALSE(interrupts.requested());
}
