// A Redis that is away, dies, hangs, forgets, is full or refuses us. Against a real redis-server.

#include "tests/unit/places/redis_bench.h"

namespace obs::places {
namespace {

TEST_CASE("a Redis that is not there yet is waited for, and the sink says so", "[places][redis]") {
  RedisServer redis;
  redis.kill();
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  auto refused = write_and_wait(*sink, make_log("early"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  CHECK_FALSE(sink->health()[0].ready);
  CHECK_THAT(sink->health()[0].detail, Catch::Contains("refused"));
  CHECK(eventually([&] { return !bench.problem().empty(); }));
  redis.start();
  CHECK(eventually([&] { return bool(write_and_wait(*sink, make_log("late"))); }));
  CHECK(sink->health()[0].ready);
  CHECK(eventually([&] { return to.bodies() == std::multiset<std::string>{"late"}; }));
  CHECK(bench.problem().empty());
  REQUIRE(running.stop());
}

TEST_CASE("kill -9 of Redis in the middle loses nothing that was acknowledged", "[places][redis]") {
  RedisServer redis({"--appendonly", "yes", "--appendfsync", "always"});
  RedisBench bench;
  auto sink = bench.sink(redis.url("stream=t&group=g&durability=power"));
  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  constexpr int kBatches = 300;
  std::vector<model::BatchPtr> batches;
  std::multiset<std::string> all;
  for (int i = 0; i < kBatches; ++i) {
    batches.push_back(spread(fmt::format("b{}-", i), 5));
    all.merge(bodies(fmt::format("b{}-", i), 5));
  }
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (const auto& batch : batches) {
      if (eventually([&] { return bool(write_and_wait(*sink, batch)); })) ++written;
    }
  });
  for (const int when : {60, 180}) {
    REQUIRE(eventually([&] { return written >= when; }));
    redis.kill();
    redis.start();
  }
  writer.join();
  REQUIRE(written == kBatches);
  CHECK(eventually([&] { return to.bodies().size() >= all.size(); }));
  CHECK(to.bodies() == all);
  REQUIRE(running.stop());
}

TEST_CASE("a Redis that hangs is given up within seconds", "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, make_log("a")));
  redis.pause();
  auto refused = write_and_wait(*sink, make_log("b"));
  redis.resume();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  CHECK(eventually([&] { return bool(write_and_wait(*sink, make_log("b"))); }));
}

TEST_CASE("a stop ends in time though Redis hangs, and says what it did not take",
          "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, make_log("a")));
  redis.pause();
  std::atomic<int> refused{0};
  sink->write(make_log("b"), [&](Result<void> result) {
    if (!result && result.error().code == Errc::kUnavailable) ++refused;
  });
  const auto begun = std::chrono::steady_clock::now();
  sink->give_up_after(200 * kMillisecond);
  // Pushed after the end of its grace, or before it: it is not waited for either.
  sink->write(make_log("c"), [&](Result<void> result) { refused += result ? 0 : 1; });
  const auto closed = sink->close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == Errc::kUnavailable);
  CHECK_THAT(closed.error().message, Catch::Contains("did not take 2 records"));
  CHECK(refused == 2);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
}

TEST_CASE("a Redis that forgets is refused until it does not", "[places][redis]") {
  RedisServer redis({"--appendonly", "no"});
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  CHECK_FALSE(write_and_wait(*sink, make_log("a")));
  CHECK_FALSE(sink->health()[0].ready);
  CHECK_THAT(sink->health()[0].detail, Catch::Contains("CONFIG SET appendonly yes"));
  auto careless = bench.sink(redis.url("stream=t&durability=memory"));
  CHECK(write_and_wait(*careless, make_log("b")));
  redis.ask({"CONFIG", "SET", "appendonly", "yes"});
  CHECK(eventually([&] { return bool(write_and_wait(*sink, make_log("a"))); }));
  auto careful = bench.sink(redis.url("stream=t&durability=power"));
  CHECK_FALSE(write_and_wait(*careful, make_log("c")));
  CHECK_THAT(careful->health()[0].detail, Catch::Contains("appendfsync always"));
}

TEST_CASE("where CONFIG is forbidden INFO tells whether Redis forgets", "[places][redis]") {
  for (const bool durable : {false, true}) {
    RedisServer redis({"--appendonly", durable ? "yes" : "no", "--rename-command", "CONFIG", ""});
    RedisBench bench;
    auto sink = bench.sink(redis.url());
    CHECK(bool(write_and_wait(*sink, make_log("a"))) == durable);
    auto careful = bench.sink(redis.url("stream=t&durability=power"));
    CHECK_FALSE(write_and_wait(*careful, make_log("a")));
  }
}

TEST_CASE("a full Redis pushes back, and takes what is tried again when it has room",
          "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, make_log("a")));
  redis.ask({"CONFIG", "SET", "maxmemory", "1"});
  auto refused = write_and_wait(*sink, make_log("b"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  CHECK_THAT(refused.error().message, Catch::Contains("OOM"));
  CHECK_FALSE(sink->health()[0].ready);
  redis.ask({"CONFIG", "SET", "maxmemory", "0"});
  REQUIRE(write_and_wait(*sink, make_log("b")));
  CHECK(sink->health()[0].ready);
}

TEST_CASE("user, password and database are what the address says", "[places][redis]") {
  RedisServer redis({"--appendonly", "yes", "--user", "obs", "on", ">s3cret", "~*", "&*", "+@all"});
  RedisBench bench;
  const auto url = [&](const std::string& user, const std::string& options) {
    return fmt::format("redis://{}127.0.0.1:{}/3?stream=t&{}", user, redis.port(), options);
  };
  TemporaryDir dir;
  append_text(dir / "password", "s3cret\n");
  for (const std::string& good :
       {url("obs:s3cret@", "group=g"), url("obs@", "password=@" + dir.path() + "/password"),
        url("obs@", "password=exec:echo%20s3cret")}) {
    auto sink = bench.sink(good);
    CHECK(write_and_wait(*sink, make_log("a")));
  }
  ::setenv("OBS_REDIS_PASSWORD", "s3cret", 1);
  auto environment = bench.sink(url("obs@", "group=g"));
  ::unsetenv("OBS_REDIS_PASSWORD");
  CHECK(write_and_wait(*environment, make_log("a")));
  auto wrong = bench.sink(url("obs:guess@", "group=g"));
  CHECK_FALSE(write_and_wait(*wrong, make_log("a")));
  CHECK_THAT(wrong->health()[0].detail, Catch::Contains("WRONGPASS"));
  CHECK(wrong->health()[0].detail.find("guess") == std::string::npos);
  CHECK(redis.entries() == 0);  // Database 0 has none of it.
}

}  // namespace
}  // namespace obs::places
