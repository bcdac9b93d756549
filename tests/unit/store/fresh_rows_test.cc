#include "libobs/store/fresh_rows.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/model/batch_memory.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_handle.h"
#include "libobs/store/group_commit.h"
#include "libobs/store/mem_segment.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

constexpr std::size_t kBatches = 20;
constexpr std::size_t kRows = 150;

// A WAL that nobody flushes.
struct Fixture {
  TemporaryDir dir;

  Fixture() {
    REQUIRE(system_fs().make_dirs(dir / "wal"));
    GroupCommit commit(system_clock(), WalLog(system_fs(), dir.path(), 1, 0, 0), RecentIds(kMinute),
                       1);
    for (std::size_t i = 0; i < kBatches; ++i) {
      std::vector<PendingWrite> group(1);
      group.front().batch = make_logs(kRows, fmt::format("batch {}", i));
      REQUIRE(commit.commit(group));
    }
  }

  FreshRows read(std::size_t room) const {
    FreshRows fresh(system_fs(), dir.path(), room);
    REQUIRE(fresh.map());
    return fresh;
  }
};

}  // namespace

TEST_CASE("as many batches stay decoded as there is room, others are decoded again",
          "[store][fresh]") {
  const Fixture store;
  const std::size_t one = [&] {
    const auto batch = store.read(0).find(model::Signal::kLogs, {}).front()->decode();
    REQUIRE(batch);
    return model::memory_bytes(*batch->batch);
  }();
  FreshRows fresh = store.read(one * 5 / 2);
  const FreshBatches batches = fresh.find(model::Signal::kLogs, {});
  REQUIRE(batches.size() == kBatches);
  std::size_t kept = 0;
  for (const auto& batch : batches) {
    const auto first = batch->decode();
    const auto second = batch->decode();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(second->batch->size() == kRows);
    CHECK(second->first_seq == first->first_seq);
    kept += first->batch == second->batch ? 1 : 0;
  }
  CHECK(kept == 2);
}

TEST_CASE("batches that go give their room to others", "[store][fresh]") {
  const Fixture store;
  FreshRows fresh = store.read(DecodedRoom::kUsual);
  const auto is_kept = [&] {
    const auto batch = fresh.find(model::Signal::kLogs, {}).front();
    return batch->decode()->batch == batch->decode()->batch;
  };
  CHECK(is_kept());
  fresh.settle(1);
  CHECK(fresh.find(model::Signal::kLogs, {}).empty());

  DecodedRoom room(10);
  CHECK(room.take(8));
  CHECK_FALSE(room.take(3));
  room.give_back(8);
  CHECK(room.take(10));
}

TEST_CASE("a scan sees every row once and in order, however short its stretches are",
          "[store][fresh]") {
  const Fixture store;
  auto database = DuckdbDatabase::open({1, "", ""});
  REQUIRE(database);
  auto connection = (*database)->connect_raw();
  REQUIRE(connection);
  auto function = TableFunction::install(**connection);
  REQUIRE(function);
  for (const std::size_t stretch :
       {std::size_t{1}, std::size_t{100'000}, FreshScan::kStretchBytes}) {
    FreshRows fresh = store.read(0);
    const auto offer = function->offer(std::make_shared<const FreshScan>(
        model::Signal::kLogs, fresh.find(model::Signal::kLogs, {}), stretch));
    const std::string sql = fmt::format(
        "SELECT count(*), count(DISTINCT seq), count(DISTINCT body), min(seq), "
        "list(seq) = list_sort(list(seq)) FROM {}",
        offer.sql());
    CHECK(ask(**connection, sql) == fmt::format("{0}|{0}|{0}|1|true\n", kBatches * kRows));
    // Twice in one statement: each run is its own.
    CHECK(ask(**connection, fmt::format("SELECT count(*) FROM {0} a JOIN {0} b USING (seq)",
                                        offer.sql())) == std::to_string(kBatches * kRows) + "\n");
  }
}

}  // namespace obs::store
