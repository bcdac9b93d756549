#include "libobs/store/group_commit.h"

#include <catch2/catch.hpp>

#include "libobs/base/fault_fs.h"
#include "libobs/codec/ndjson.h"
#include "libobs/store/fresh_rows.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using Fate = PendingWrite::Fate;

struct Fixture {
  TemporaryDir dir;
  FaultFs fs{system_fs()};
  GroupCommit commit{system_clock(), WalLog(fs, dir.path(), 1, 0, 0), RecentIds(kMinute), 1};

  Fixture() { REQUIRE(fs.make_dirs(dir / "wal")); }

  std::vector<Fate> write(std::vector<model::BatchPtr> batches) {
    std::vector<PendingWrite> group;
    for (auto& batch : batches) group.push_back({std::move(batch), {}, 0, Fate::kFailed, {}});
    (void)commit.commit(group);
    std::vector<Fate> fates;
    for (const PendingWrite& pending : group) fates.push_back(pending.fate);
    return fates;
  }
};

using Fates = std::vector<Fate>;

}  // namespace

TEST_CASE("a batch twice in one group is stored once", "[store][commit]") {
  Fixture store;
  const auto batch = make_logs(5, "a");
  CHECK(store.write({batch, batch, make_logs(5, "b")}) ==
        Fates{Fate::kStored, Fate::kDuplicate, Fate::kStored});
  CHECK(store.write({batch}) == Fates{Fate::kDuplicate});
  CHECK(store.commit.active()->next_seq == 11);
}

TEST_CASE("when a group cannot be written, its duplicates were not stored either",
          "[store][commit]") {
  Fixture store;
  const auto batch = make_logs(5, "a");
  store.fs.fail_nth(FsCall::kSync, 1);
  CHECK(store.write({batch, batch}) == Fates{Fate::kFailed, Fate::kFailed});
  CHECK(store.commit.active() == nullptr);
  CHECK(store.write({batch, batch}) == Fates{Fate::kStored, Fate::kDuplicate});
}

TEST_CASE("numbers that a failure wasted are not given again", "[store][commit]") {
  Fixture store;
  store.fs.fail_nth(FsCall::kWrite, 2);  // The first writes the segment's header.
  store.write({make_logs(5, "a")});
  store.write({make_logs(5, "b")});
  REQUIRE(store.commit.active() != nullptr);
  CHECK(store.commit.active()->batches.at(0).first_seq == 6);
}

TEST_CASE("a segment that was taken is followed by another", "[store][commit]") {
  Fixture store;
  store.write({make_logs(5, "a")});
  CHECK(store.commit.take()->number == 1);
  CHECK(store.commit.take() == nullptr);
  store.write({make_logs(5, "b")});
  CHECK(store.commit.take()->number == 2);
}

TEST_CASE("what is kept in memory is what a reader finds in the WAL, record by record",
          "[store][commit]") {
  for (const model::Signal signal : model::kSignals) {
    Fixture store;
    store.write({make_random(signal, 1, 200), make_random(signal, 2, 200)});
    FreshRows fresh(store.fs, store.dir.path());
    REQUIRE(fresh.map());
    const FreshBatches found = fresh.find(signal, {});
    const MemSegmentPtr kept = store.commit.take();
    REQUIRE(found.size() == kept->batches.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto read = found[i]->decode();
      REQUIRE(read);
      CHECK(read->first_seq == kept->batches[i].first_seq);
      std::string one;
      std::string other;
      codec::append_ndjson(one, *read->batch);
      codec::append_ndjson(other, *kept->batches[i].batch);
      CHECK(one == other);
    }
  }
}

}  // namespace obs::store
