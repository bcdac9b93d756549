#include "libobs/base/memory_claim.h"

#include <catch2/catch.hpp>

using namespace obs;

TEST_CASE("small work may go half beyond the limit of what is new", "[base][memory]") {
  MemoryBudget budget(800);
  budget.add(790);
  MemoryClaim one(&budget);
  CHECK(one.grow(100));
  CHECK(budget.is_over());
  MemoryClaim other(&budget);
  CHECK(other.grow(100));
  CHECK(budget.used() == 990);
  CHECK(budget.large_used() == 0);
}

TEST_CASE("larger work leaves half of the limit, but for one, so small work always finds room",
          "[base][memory]") {
  MemoryBudget budget(800);
  MemoryClaim first(&budget);
  MemoryClaim second(&budget);
  MemoryClaim third(&budget);
  CHECK(first.grow(200));
  CHECK(second.grow(200));
  CHECK(budget.used() == 400);
  CHECK(third.grow(100));
  CHECK(first.grow(1000));  // The large one, from now on beside the limit.
  CHECK(budget.used() == 300);
  CHECK(budget.large_used() == 1200);
  CHECK(third.grow(100));
  CHECK_FALSE(second.grow(200));
  CHECK(second.was_refused());
  CHECK_FALSE(second.fits_never());
  CHECK_FALSE(second.grow(1));  // It stays so.
  CHECK_FALSE(budget.is_over());
  CHECK(first.grow(600));
  first.settle(700);  // Still large, while it waits.
  MemoryClaim fourth(&budget);
  CHECK_FALSE(fourth.grow(600));
  first.settle(0);
  MemoryClaim fifth(&budget);
  CHECK(fifth.grow(1800));
  CHECK(budget.used() == 400);
}

TEST_CASE("what would not fit alone is told from what does not fit now", "[base][memory]") {
  MemoryBudget budget(100);
  MemoryClaim claim(&budget);
  CHECK(claim.grow(300));
  CHECK_FALSE(claim.grow(1));
  CHECK(claim.fits_never());
  CHECK(claim.most() == 300);
  MemoryClaim huge(&budget);
  CHECK_FALSE(huge.grow(SIZE_MAX));
  CHECK(huge.fits_never());
}

TEST_CASE("a large claim that has become small again lets another be large", "[base][memory]") {
  MemoryBudget budget(800);
  MemoryClaim first(&budget);
  REQUIRE(first.grow(1000));
  first.settle(50);
  CHECK(budget.used() == 50);
  CHECK(budget.large_used() == 0);
  MemoryClaim second(&budget);
  CHECK(second.grow(1000));
}

TEST_CASE("a claim gives back what it holds at its end", "[base][memory]") {
  MemoryBudget budget(200);
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
  CHECK(taken > 2'600'000);
  CHECK(taken <= 3'000'000);
  CHECK(claim.was_refused());
}
