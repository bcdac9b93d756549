// Redis streams, against a real redis-server: what is written is read, and what becomes of what
// cannot be.

#include "tests/unit/places/redis_bench.h"

namespace obs::places {
namespace {

TEST_CASE("what is written to a stream is read from it, acknowledged and trimmed",
          "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, spread("x", 100)));
  REQUIRE(write_and_wait(*sink, make_batch({span_line(1), span_line(2)})));
  REQUIRE(write_and_wait(*sink, make_batch({metric_line("cpu", 1)})));
  CHECK(sink->health()[0].ready);
  CHECK(redis.entries() > 40);
  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return to.records() == 103; }));
  CHECK(to.bodies() == bodies("x", 100));
  CHECK(eventually([&] { return redis.entries() == 0; }));
  REQUIRE(running.stop());
  REQUIRE(sink->close());
  CHECK(to.repeated() == 0);
}

TEST_CASE("a source that catches up offers a full sink each record about once", "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  for (int i = 0; i < 300; ++i) REQUIRE(write_and_wait(*sink, make_log(fmt::format("x{}", i))));
  std::atomic<int> room{100};  // As in a store's queue, until a flush.
  RecordingSink to([&](const model::Batch& batch) -> Result<void> {
    if (room < 0) return fail(Errc::kUnavailable, "full");
    room -= static_cast<int>(batch.size());
    return {};
  });
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return to.refused() >= 4; }));
  CHECK(to.records() < 300);
  CHECK(to.refused() <= 5);
  room = 1000;
  CHECK(eventually([&] { return to.records() == 300; }));
  CHECK(eventually([&] { return redis.entries() == 0; }));
  REQUIRE(running.stop());
  CHECK(to.bodies() == bodies("x", 300));
  CHECK(to.repeated() == 0);
  pipeline::Ledger ledger(bench.registry, "redis_source");
  CHECK(ledger.value(model::Signal::kLogs, pipeline::Outcome::kReceived) == 300);
  CHECK(ledger.closes());
  REQUIRE(sink->close());
}

TEST_CASE("FLUSHALL under a running source is harmless", "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  REQUIRE(write_and_wait(*sink, spread("a", 50)));
  CHECK(eventually([&] { return to.records() == 50; }));
  redis.ask({"FLUSHALL"});
  REQUIRE(write_and_wait(*sink, spread("b", 50)));
  CHECK(eventually([&] { return to.records() == 100; }));
  redis.ask({"FLUSHALL"});
  REQUIRE(write_and_wait(*sink, spread("c", 50)));
  CHECK(eventually([&] { return to.records() == 150; }));
  REQUIRE(running.stop());
  CHECK(to.repeated() == 0);
}

TEST_CASE("an entry nobody can read is put aside with the reason, its neighbours are read",
          "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  redis.ask({"XADD", "t:05", "*", "hello", "world"});
  redis.ask({"XADD", "t:06", "*", "v", "1", "id", std::string(32, 'a'), "sig", "logs", "n", "1",
             "enc", "otlp+zstd", "prj", "default", "rt", "0", "d", "garbage"});
  REQUIRE(write_and_wait(*sink, make_log("good")));
  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return bench.count("buried") == 2; }));
  CHECK(eventually([&] { return to.bodies().count("good") == 1; }));
  const auto dead = redis.ask({"XRANGE", "t:dead", "-", "+"});
  REQUIRE(dead.items.size() == 2);
  std::string words;
  for (const auto& entry : dead.items) {
    for (const auto& word : entry.items[1].items) words += word.text + " ";
  }
  for (const char* expected :
       {"key t:05 ", "reason it has no field 'v'", "hello world", "key t:06 ", "d garbage"}) {
    CHECK_THAT(words, Catch::Contains(expected));
  }
  CHECK(eventually([&] { return redis.entries() == 0; }));
  REQUIRE(running.stop());
}

TEST_CASE("what the sink refuses as bad is put aside, what it refuses for good ends the source",
          "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, make_log("poison")));
  {
    RecordingSink to([](const model::Batch&) -> Result<void> {
      return fail(Errc::kLimitExceeded, "too large");
    });
    RunningSource running(bench.source(redis.url()), to);
    CHECK(eventually([&] { return redis.ask({"XLEN", "t:dead"}).integer == 1; }));
    REQUIRE(running.stop());
  }
  REQUIRE(write_and_wait(*sink, make_log("fine")));
  {
    RecordingSink to(
        [](const model::Batch&) -> Result<void> { return fail(Errc::kIo, "no disk"); });
    RunningSource running(bench.source(redis.url()), to);
    auto result = running.join();
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "no disk");
  }
  // It is still there for the next.
  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return to.bodies() == std::multiset<std::string>{"fine"}; }));
  REQUIRE(running.stop());
}

TEST_CASE("a sink that is away for a while gets everything in the end", "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  std::atomic<bool> away{true};
  RecordingSink to([&](const model::Batch&) -> Result<void> {
    if (away) return fail(Errc::kUnavailable, "away");
    return {};
  });
  RunningSource running(bench.source(redis.url()), to);
  REQUIRE(write_and_wait(*sink, spread("x", 40)));
  REQUIRE(eventually([&] { return to.refused() >= 3; }));
  CHECK(redis.entries() > 20);
  away = false;
  CHECK(eventually([&] { return to.bodies() == bodies("x", 40); }));
  CHECK(eventually([&] { return redis.entries() == 0; }));
  REQUIRE(running.stop());
}

}  // namespace
}  // namespace obs::places
