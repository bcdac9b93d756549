#include "libobs/store/day_partitions.h"

#include <limits>

#include <catch2/catch.hpp>

#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

RowSet make_set(const std::vector<std::pair<Timestamp, std::size_t>>& batches) {
  std::vector<SequencedBatch> sequenced;
  std::uint64_t seq = 1;
  for (const auto& [start, rows] : batches) {
    sequenced.push_back({make_logs(rows, "x", start), seq});
    seq += rows;
  }
  return RowSet(model::Signal::kLogs, sequenced);
}

std::string describe(const std::vector<PartitionRows>& partitions) {
  std::string text;
  for (const PartitionRows& partition : partitions) {
    text += partition.partition + ":" + std::to_string(partition.rows.size()) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("rows go to the UTC day of their time, before 1970 too", "[store][partition]") {
  CHECK(describe(partition_by_day(make_set({}), 16)).empty());
  CHECK(describe(partition_by_day(make_set({{kNoon, 3}}), 16)) == "2026-11-22:3 ");
  CHECK(describe(partition_by_day(make_set({{kNoon + kDay, 1}, {kNoon, 2}}), 16)) ==
        "2026-11-22:2 2026-11-23:1 ");
  // OTLP cannot say such times; ndjson can.
  model::Batch old;
  old.logs.time = {-kMillisecond, 0};
  const SequencedBatch sequenced{std::make_shared<const model::Batch>(std::move(old)), 1};
  const RowSet set(model::Signal::kLogs, std::span(&sequenced, 1));
  CHECK(describe(partition_by_day(set, 16)) == "1969-12-31:1 1970-01-01:1 ");
  CHECK(describe(partition_by_day(make_set({{std::numeric_limits<Timestamp>::max(), 1}}), 16)) ==
        "2262-04-11:1 ");
}

TEST_CASE("the days with most rows have parts of their own, the others share one",
          "[store][partition]") {
  const RowSet set =
      make_set({{kNoon, 1}, {kNoon + kDay, 5}, {kNoon + 2 * kDay, 1}, {kNoon + 3 * kDay, 4}});
  CHECK(describe(partition_by_day(set, 2)) == "2026-11-23:5 2026-11-25:4 spread:2 ");
}

TEST_CASE("rows are by time, and in order of arrival where times are the same",
          "[store][partition]") {
  const RowSet set = make_set({{kNoon + kSecond, 2}, {kNoon, 2}, {kNoon, 2}});
  const auto partitions = partition_by_day(set, 16);
  REQUIRE(partitions.size() == 1);
  std::vector<std::uint64_t> seqs;
  for (const RowRef row : partitions[0].rows) seqs.push_back(set.seq(row));
  CHECK(seqs == std::vector<std::uint64_t>{3, 5, 4, 6, 1, 2});
  const Part part = describe_part(set, partitions[0]);
  CHECK(part.min_time == kNoon);
  CHECK(part.max_time == kNoon + kSecond + kMillisecond);
  CHECK(part.min_seq == 1);
  CHECK(part.max_seq == 6);
  CHECK(part.rows == 6);
}

}  // namespace obs::store
