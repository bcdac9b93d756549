#include "libobs/places/redis_sealer.h"

#include <set>

#include "tests/unit/places/redis_bench.h"

namespace obs::places {
namespace {

struct SealerBench {
  Registry registry;
  pipeline::Ledger ledger{registry, "redis_sink"};
  BatchQueue queue{"redis:", 64 * kMiB, ledger};
  std::atomic<int> told{0};
  std::atomic<int> acked{0};

  void push(model::BatchPtr batch) {
    queue.push(std::move(batch), [this](const Result<void>&) { ++acked; });
  }
};

// The next entry, which is waited for.
SealedEntry next_of(RedisSealer& sealer) {
  std::optional<SealedEntry> entry;
  REQUIRE(eventually([&] { return (entry = sealer.next()).has_value(); }));
  return *std::move(entry);
}

void settle(SealerBench& bench, SealedEntry entry) {
  if (--entry.write->entries == 0) bench.queue.settle(std::move(entry.write->item), {});
}

TEST_CASE("what one thread writes is sealed in its order, though large and small take turns",
          "[places][redis]") {
  SealerBench bench;
  std::vector<model::BatchId> sent;
  RedisSealer sealer(bench.queue, "t", [&] { ++bench.told; });
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> lines(i % 3 == 0 ? 2000 : 1, log_line(fmt::format("b{}", i), "host"));
    auto batch = make_batch(lines);
    sent.push_back(batch->id);
    bench.push(std::move(batch));
  }
  std::vector<model::BatchId> sealed;
  while (sealed.size() < sent.size()) {
    SealedEntry entry = next_of(sealer);
    sealed.push_back(entry.envelope.id);
    settle(bench, std::move(entry));
  }
  CHECK(sealed == sent);
  CHECK(bench.acked == 60);
  CHECK(bench.told > 0);
  bench.queue.close();
}

TEST_CASE("the entries of a batch follow each other whoever else writes", "[places][redis]") {
  SealerBench bench;
  RedisSealer sealer(bench.queue, "t", [] {});
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&bench, w] {
      for (int i = 0; i < 20; ++i) bench.push(spread(fmt::format("w{}-{}-", w, i), 5));
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::set<std::shared_ptr<RedisWrite>> seen;
  for (std::shared_ptr<RedisWrite> before; bench.acked < 80;) {
    SealedEntry entry = next_of(sealer);
    if (entry.write != before) CHECK(seen.insert(entry.write).second);
    before = entry.write;
    settle(bench, std::move(entry));
  }
  CHECK_FALSE(sealer.next());
  bench.queue.close();
}

TEST_CASE("a batch that says nothing is settled without an entry", "[places][redis]") {
  SealerBench bench;
  RedisSealer sealer(bench.queue, "t", [&] { ++bench.told; });
  bench.push(std::make_shared<const model::Batch>());
  CHECK(eventually([&] { return bench.acked == 1 && bench.told == 1; }));
  CHECK_FALSE(sealer.next());
  bench.queue.close();
  CHECK(bench.queue.is_drained());
}

}  // namespace
}  // namespace obs::places
