// Consumer groups of Redis streams: who reads which slot, what is claimed, trimmed and swept.
// Against a real redis-server.

#include "tests/unit/places/redis_bench.h"

namespace obs::places {
namespace {

TEST_CASE("entries that a consumer died with are claimed by another", "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  REQUIRE(write_and_wait(*sink, spread("x", 50)));
  // A consumer that reads everything and is never heard of again.
  GroupBench dead(redis);
  REQUIRE(dead.group.beat(*dead.connection));
  auto held = dead.group.read(*dead.connection, all_slots(), 100, kSecond);
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
  RedisBench bench;
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

TEST_CASE("trimming leaves what another group has not read", "[places][redis]") {
  RedisServer redis;
  RedisBench bench;
  auto sink = bench.sink(redis.url());
  GroupBench reader(redis, "other");
  const RedisGroup& other = reader.group;
  RedisConnection& connection = *reader.connection;
  REQUIRE(write_and_wait(*sink, spread("x", 60)));
  const auto written = redis.entries();

  RecordingSink to;
  RunningSource running(bench.source(redis.url()), to);
  CHECK(eventually([&] { return to.records() == 60; }));
  const auto all = all_slots();
  CHECK(*other.trim(connection, all) == 0);
  CHECK(redis.entries() == written);

  // Read but not acknowledged: still needed.
  auto held = other.read(connection, all, 100, kSecond);
  REQUIRE(held);
  CHECK(held->size() == static_cast<std::size_t>(written));
  CHECK(*other.trim(connection, all) == 0);
  SlotIds ids;
  for (const SlotEntry& entry : *held) ids[entry.slot].push_back(entry.entry.id);
  REQUIRE(other.acknowledge(connection, ids));
  CHECK(*other.trim(connection, all) == static_cast<std::uint64_t>(written));
  CHECK(redis.entries() == 0);
  REQUIRE(running.stop());
}

TEST_CASE("a slot's lowest pending entry holds trimming up, not those above it",
          "[places][redis]") {
  RedisServer redis;
  GroupBench bench(redis);
  const RedisGroup& group = bench.group;
  for (int i = 1; i <= 6; ++i) redis.ask({"XADD", "t:00", std::to_string(i) + "-0", "v", "1"});
  const int slot = 0;
  REQUIRE(group.read(*bench.connection, {&slot, 1}, 5, kSecond));
  REQUIRE(group.acknowledge(*bench.connection, {{0, {"1-0", "2-0", "4-0", "5-0"}}}));
  CHECK(*group.trim(*bench.connection, {&slot, 1}) == 2);
  CHECK(redis.ask({"XLEN", "t:00"}).integer == 4);
  REQUIRE(group.acknowledge(*bench.connection, {{0, {"3-0"}}}));
  CHECK(*group.trim(*bench.connection, {&slot, 1}) == 3);
  CHECK(redis.ask({"XLEN", "t:00"}).integer == 1);
}

TEST_CASE("groups nobody has read for a week are removed, others not", "[places][redis]") {
  RedisServer redis;
  GroupBench bench(redis);
  const RedisGroup& group = bench.group;
  REQUIRE(group.beat(*bench.connection));
  const GroupBench old(redis, "old");
  redis.ask({"HSET", "t:groups", "old", "1000"});
  const GroupBench foreign(redis, "foreign");
  CHECK(*group.sweep(*bench.connection, {}, {}) == std::vector<std::string>{"old"});
  CHECK(redis.ask({"XINFO", "GROUPS", "t:00"}).items.size() == 2);
  CHECK(group.sweep(*bench.connection, {}, {})->empty());
}

}  // namespace
}  // namespace obs::places
