#include "libobs/base/memory_claim.h"

#include <catch2/catch.hpp>

using namespace obs;

TEST_CASE("work may go half beyond the limit of what is new", "[base][memory]") {
  MemoryBudget budget(100);
  MemoryClaim one(&budget);
  MemoryClaim other(&budget);
  CHECK(one.grow(90));
  CHECK(other.grow(60));
  CHECK(budget.is_over());
  CHECK(budget.used() == 150);
}

TEST_CASE("one claim at a time goes up to the ceiling, so one always comes to its end",
          "[base][memory]") {
  MemoryBudget budget(100);
  MemoryClaim first(&budget);
  MemoryClaim second(&budget);
  REQUIRE(first.grow(80));
  REQUIRE(second.grow(70));
  CHECK(first.grow(50));
  CHECK_FALSE(second.grow(50));
  CHECK(second.was_refused());
  CHECK_FALSE(second.fits_never());
  CHECK_FALSE(second.grow(1));  // It stays so.
  second.settle(0);
  CHECK(first.grow(170));
  CHECK(budget.used() == 300);

  MemoryClaim third(&budget);
  CHECK_FALSE(third.grow(1));
  first.settle(10);
  MemoryClaim fourth(&budget);
  CHECK(fourth.grow(290));
  CHECK(budget.used() == 300);
}

TEST_CASE("what would not fit alone is told from what does not fit now", "[base][memory]") {
  MemoryBudget budget(100);
  MemoryClaim claim(&budget, 50);
  CHECK(claim.grow(200));
  CHECK_FALSE(claim.grow(51));
  CHECK(claim.fits_never());
  CHECK(claim.most() == 200);
}

TEST_CASE("a claim that gives up lets another be the large one", "[base][memory]") {
  MemoryBudget budget(100);
  budget.add(200);
  MemoryClaim first(&budget);
  CHECK_FALSE(first.grow(101 + 50));
  budget.release(50);
  MemoryClaim second(&budget);
  CHECK(second.grow(140));
}

TEST_CASE("a claim gives back what it holds at its end", "[base][memory]") {
  MemoryBudget budget(100);
  {
    MemoryClaim claim(&budget);
    CHECK(claim.grow(60));
    claim.give_back(20);
    CHECK(budget.used() == 40);
    claim.give_back(1000);
    CHECK(budget.used() == 0);
    claim.settle(30);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("deep work speaks of its thread's claim, and needs none", "[base][memory]") {
  CHECK(claim_memory(SIZE_MAX));
  return_memory(1);
  MemoryBudget budget(100);
  MemoryClaim outer(&budget);
  const MemoryClaim::Scope scope(outer);
  CHECK(claim_memory(10));
  {
    MemoryClaim inner(&budget);
    const MemoryClaim::Scope within(inner);
    CHECK(claim_memory(30));
    CHECK(inner.most() == 30);
  }
  CHECK(outer.most() == 10);
  return_memory(4);
  CHECK(budget.used() == 6);
}

TEST_CASE("an allowance ends where it was set, or where the process has no more",
          "[base][memory]") {
  MemoryAllowance small(1000);
  CHECK(small.take(600));
  CHECK_FALSE(small.take(401));
  CHECK(small.take(400));
  CHECK_FALSE(small.take(1));

  MemoryBudget budget(1'000'000);
  MemoryClaim claim(&budget);
  const MemoryClaim::Scope scope(claim);
  MemoryAllowance large(SIZE_MAX);
  std::size_t taken = 0;
  while (large.take(1000)) taken += 1000;
  CHECK(taken > 2'500'000);
  CHECK(taken <= 3'000'000);
  CHECK(claim.was_refused());
}
