#include "libobs/store/recent_ids.h"

#include <catch2/catch.hpp>

namespace obs::store {
namespace {

model::BatchId make_id(unsigned number) {
  model::BatchId id;
  for (std::size_t i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::byte>(number >> (8 * i));
  id.bytes[15] = std::byte{1};
  return id;
}

}  // namespace

TEST_CASE("an id is remembered for the window and not longer", "[store][dedup]") {
  RecentIds recent(kMinute);
  recent.add(make_id(1), kHour);
  CHECK(recent.contains(make_id(1), kHour + kMinute));
  CHECK_FALSE(recent.contains(make_id(2), kHour));
  CHECK_FALSE(recent.contains(make_id(1), kHour + kMinute + 1));
}

TEST_CASE("an id met again is remembered from then on", "[store][dedup]") {
  RecentIds recent(kMinute);
  recent.add(make_id(1), 0);
  recent.add(make_id(1), 40 * kSecond);
  CHECK(recent.contains(make_id(1), 90 * kSecond));
}

TEST_CASE("no id and no window are remembered as nothing", "[store][dedup]") {
  RecentIds recent(kMinute);
  recent.add(model::BatchId{}, 0);
  CHECK_FALSE(recent.contains(model::BatchId{}, 0));
  RecentIds never(0);
  never.add(make_id(1), 0);
  CHECK_FALSE(never.contains(make_id(1), 0));
}

TEST_CASE("the oldest ids go when there are too many", "[store][dedup]") {
  RecentIds recent(kDay);
  for (unsigned i = 0; i < 300'000; ++i) recent.add(make_id(i), kSecond);
  CHECK_FALSE(recent.contains(make_id(0), kSecond));
  CHECK(recent.contains(make_id(299'999), kSecond));
}

}  // namespace obs::store
