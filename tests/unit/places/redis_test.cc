// Redis streams, against a real redis-server.

#include "libobs/places/redis_group.h"
#include "libobs/places/redis_slots.h"
#include "tests/unit/places/redis_server.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

struct Bench {
  Registry registry;
  mutable std::mutex mutex;
  std::vector<std::string> warnings;
  std::string source_problem;

  OpenContext context() {
    OpenContext context{registry, "obs-store"};
    context.warn = [this](std::string_view message) {
      std::lock_guard lock(mutex);
      warnings.emplace_back(message);
    };
    context.health = [this](pipeline::Health health) {
      std::lock_guard lock(mutex);
      source_problem = health.detail;
    };
    return context;
  }
  std::unique_ptr<pipeline::Sink> sink(const std::string& url) {
    auto sink = open_sink(address_of(url), context());
    REQUIRE(sink);
    return *std::move(sink);
  }
  std::unique_ptr<pipeline::Source> source(const std::string& url) {
    auto source = open_source(address_of(url), context());
    REQUIRE(source);
    return *std::move(source);
  }
  std::uint64_t count(const char* what) {
    return registry.counter(fmt::format("obs_places_redis_entries_{}_total", what), "").value();
  }
  std::string problem() const {
    std::lock_guard lock(mutex);
    return source_problem;
  }
};

// `count` logs of as many resources, so that they spread over the slots.
model::BatchPtr spread(const std::string& prefix, int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    lines.push_back(log_line(fmt::format("{}{}", prefix, i), fmt::format("host-{}", i)));
  }
  return make_batch(lines);
}

std::multiset<std::string> bodies(const std::string& prefix, int count) {
  std::multiset<std::string> all;
  for (int i = 0; i < count; ++i) all.insert(fmt::format("{}{}", prefix, i));
  return all;
}

TEST_CASE("what is written to a stream is read from it, acknowledged and trimmed",
          "[places][redis]") {
  RedisServer redis;
  Bench bench;
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
  Bench bench;
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

TEST_CASE("a Redis that is not there yet is waited for, and the sink says so", "[places][redis]") {
  RedisServer redis;
  redis.kill();
  Bench bench;
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
  Bench bench;
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
  Bench bench;
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
  Bench bench;
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

TEST_CASE("entries that a consumer died with are claimed by another", "[places][redis]") {
  RedisServer redis;
  Bench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, spread("x", 50)));
  // A consumer that reads everything and is never heard of again.
  RedisSettings settings = *read_redis_settings(address_of(redis.url()), "g");
  const RedisGroup dead(settings, "dead-1");
  auto connection = RedisConnection::open(settings);
  REQUIRE(connection);
  REQUIRE(dead.create(**connection));
  REQUIRE(dead.beat(**connection));
  std::vector<int> all(kSlots);
  for (int slot = 0; slot < kSlots; ++slot) all[static_cast<std::size_t>(slot)] = slot;
  auto held = dead.read(**connection, all, 100, kSecond);
  REQUIRE(held);
  REQUIRE(held->size() > 20);
  // One of its entries is deleted under it: lost, and counted so.
  const auto& victim = held->front();
  redis.ask({"XDEL", slot_key("t", victim.slot), victim.entry.id});

  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return bench.count("claimed") == held->size() - 1; }));
  CHECK(eventually([&] { return to.batches().size() == held->size() - 1; }));
  CHECK(eventually([&] { return bench.count("lost") == 1; }));
  CHECK(eventually([&] { return redis.entries() == 0; }));
  REQUIRE(running.stop());
}

TEST_CASE("two consumers share the slots, and one takes over when the other leaves",
          "[places][redis]") {
  RedisServer redis;
  Bench bench;
  auto sink = bench.sink(redis.url());
  RecordingSink a, b;
  RunningSource first(bench.source(redis.url()), a);
  {
    RunningSource second(bench.source(redis.url()), b);
    int round = 0;
    CHECK(eventually([&] {
      REQUIRE(write_and_wait(*sink, spread(fmt::format("r{}-", round++), 64)));
      return a.records() > 200 && b.records() > 200;
    }));
    CHECK(eventually([&] { return redis.entries() == 0; }));
    CHECK(a.records() + b.records() == 64u * static_cast<unsigned>(round));
    REQUIRE(second.stop());
  }
  const auto before = a.records();
  REQUIRE(write_and_wait(*sink, spread("last", 64)));
  CHECK(eventually([&] { return a.records() == before + 64; }));
  REQUIRE(first.stop());
}

TEST_CASE("FLUSHALL under a running source is harmless", "[places][redis]") {
  RedisServer redis;
  Bench bench;
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

TEST_CASE("trimming leaves what another group has not read", "[places][redis]") {
  RedisServer redis;
  Bench bench;
  auto sink = bench.sink(redis.url());
  RedisSettings settings = *read_redis_settings(address_of(redis.url()), "g");
  settings.group = "other";
  const RedisGroup other(settings, "o");
  auto connection = RedisConnection::open(settings);
  REQUIRE(connection);
  REQUIRE(other.create(**connection));
  REQUIRE(write_and_wait(*sink, spread("x", 60)));
  const auto written = redis.entries();

  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return to.records() == 60; }));
  std::vector<int> all(kSlots);
  for (int slot = 0; slot < kSlots; ++slot) all[static_cast<std::size_t>(slot)] = slot;
  CHECK(*other.trim(**connection, all) == 0);
  CHECK(redis.entries() == written);

  // Read but not acknowledged: still needed.
  auto held = other.read(**connection, all, 100, kSecond);
  REQUIRE(held);
  CHECK(held->size() == static_cast<std::size_t>(written));
  CHECK(*other.trim(**connection, all) == 0);
  SlotIds ids;
  for (const SlotEntry& entry : *held) ids[entry.slot].push_back(entry.entry.id);
  REQUIRE(other.acknowledge(**connection, ids));
  CHECK(*other.trim(**connection, all) == static_cast<std::uint64_t>(written));
  CHECK(redis.entries() == 0);
  REQUIRE(running.stop());
}

TEST_CASE("a slot's lowest pending entry holds trimming up, not those above it",
          "[places][redis]") {
  RedisServer redis;
  RedisSettings settings = *read_redis_settings(address_of(redis.url()), "g");
  const RedisGroup group(settings, "c");
  auto connection = RedisConnection::open(settings);
  REQUIRE(connection);
  REQUIRE(group.create(**connection));
  for (int i = 1; i <= 6; ++i) redis.ask({"XADD", "t:00", std::to_string(i) + "-0", "v", "1"});
  const int slot = 0;
  REQUIRE(group.read(**connection, {&slot, 1}, 5, kSecond));
  REQUIRE(group.acknowledge(**connection, {{0, {"1-0", "2-0", "4-0", "5-0"}}}));
  CHECK(*group.trim(**connection, {&slot, 1}) == 2);
  CHECK(redis.ask({"XLEN", "t:00"}).integer == 4);
  REQUIRE(group.acknowledge(**connection, {{0, {"3-0"}}}));
  CHECK(*group.trim(**connection, {&slot, 1}) == 3);
  CHECK(redis.ask({"XLEN", "t:00"}).integer == 1);
}

TEST_CASE("groups nobody has read for a week are removed, others not", "[places][redis]") {
  RedisServer redis;
  RedisSettings settings = *read_redis_settings(address_of(redis.url()), "g");
  const RedisGroup group(settings, "c");
  auto connection = RedisConnection::open(settings);
  REQUIRE(connection);
  REQUIRE(group.create(**connection));
  REQUIRE(group.beat(**connection));
  settings.group = "old";
  REQUIRE(RedisGroup(settings, "x").create(**connection));
  redis.ask({"HSET", "t:groups", "old", "1000"});
  settings.group = "foreign";
  REQUIRE(RedisGroup(settings, "x").create(**connection));
  CHECK(*group.sweep(**connection, {}, {}) == std::vector<std::string>{"old"});
  CHECK(redis.ask({"XINFO", "GROUPS", "t:00"}).items.size() == 2);
  CHECK(group.sweep(**connection, {}, {})->empty());
}

TEST_CASE("a Redis that forgets is refused until it does not", "[places][redis]") {
  RedisServer redis({"--appendonly", "no"});
  Bench bench;
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
    Bench bench;
    auto sink = bench.sink(redis.url());
    CHECK(bool(write_and_wait(*sink, make_log("a"))) == durable);
    auto careful = bench.sink(redis.url("stream=t&durability=power"));
    CHECK_FALSE(write_and_wait(*careful, make_log("a")));
  }
}

TEST_CASE("a full Redis pushes back, and takes what is tried again when it has room",
          "[places][redis]") {
  RedisServer redis;
  Bench bench;
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
  Bench bench;
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

TEST_CASE("an entry nobody can read is put aside with the reason, its neighbours are read",
          "[places][redis]") {
  RedisServer redis;
  Bench bench;
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
  Bench bench;
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
  Bench bench;
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
