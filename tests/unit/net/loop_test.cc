#include "libobs/net/loop.h"

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::net;

TEST_CASE("posted tasks run on the loop's thread in the order of their posting", "[net][loop]") {
  Loop loop;
  std::vector<int> order;
  std::thread::id ran_on;
  std::thread poster([&] {
    for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
    loop.post([&] { ran_on = std::this_thread::get_id(); });
    loop.stop();
  });
  CHECK(loop.run_until_signal() == 0);
  poster.join();
  REQUIRE(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(ran_on == std::this_thread::get_id());
  CHECK(loop.close());
}

TEST_CASE("tasks posted after the loop has stopped are run when it closes", "[net][loop]") {
  Loop loop;
  int ran = 0;
  loop.post([&] {
    ++ran;
    loop.post([&] { ++ran; });
  });
  CHECK(loop.close());
  CHECK(ran == 2);
}

TEST_CASE("work runs on another thread, and its end on the loop's", "[net][loop]") {
  Loop loop;
  std::thread::id worked_on;
  std::thread::id done_on;
  loop.run_in_worker([&] { worked_on = std::this_thread::get_id(); },
                     [&] {
                       done_on = std::this_thread::get_id();
                       loop.stop();
                     });
  loop.run_until_signal();
  CHECK(worked_on != std::this_thread::get_id());
  CHECK(done_on == std::this_thread::get_id());
  CHECK(loop.close());
}

TEST_CASE("closing waits for work under way", "[net][loop]") {
  Loop loop;
  bool done = false;
  loop.run_in_worker([] {}, [&] { done = true; });
  CHECK(loop.close());
  CHECK(done);
}

TEST_CASE("a timer ticks until its handle is destroyed, which its own task may do", "[net][loop]") {
  Loop loop;
  int ticks = 0;
  std::shared_ptr<Loop::Timer> timer = loop.every(kMillisecond, [&] {
    if (++ticks == 3) timer.reset();
  });
  CHECK(loop.drain([&] { return timer != nullptr; }, 5 * kSecond));
  CHECK_FALSE(loop.drain([] { return true; }, 20 * kMillisecond));
  CHECK(ticks == 3);
  CHECK(loop.close());
}

TEST_CASE("a signal ends the run and is told", "[net][loop]") {
  for (const int number : {SIGTERM, SIGINT}) {
    Loop loop;
    loop.post([number] { std::raise(number); });
    CHECK(loop.run_until_signal() == number);
    CHECK(loop.close());
  }
}

TEST_CASE("a hangup is told and does not end the run", "[net][loop]") {
  Loop loop;
  int hangups = 0;
  loop.post([] { std::raise(SIGHUP); });
  CHECK(loop.run_until_signal([&] {
    ++hangups;
    loop.stop();
  }) == 0);
  CHECK(hangups == 1);
  CHECK(loop.close());
}

TEST_CASE("draining gives up at its limit", "[net][loop]") {
  Loop loop;
  CHECK(loop.drain([] { return false; }, 0));
  CHECK_FALSE(loop.drain([] { return true; }, 10 * kMillisecond));
  CHECK(loop.close());
}
