// What one piece of work, such as inflating and decoding a request, needs of a MemoryBudget:
// claimed before it is allocated, deep in decoders that know nothing of budgets, through
// claim_memory().

#pragma once

#include <algorithm>
#include <cstddef>

#include "libobs/base/memory_budget.h"

namespace obs {

// One thread at a time.
class MemoryClaim {
 public:
  // The budget outlives the claim; null: there is always room.
  explicit MemoryClaim(MemoryBudget* budget) : budget_(budget) {}
  ~MemoryClaim() {
    if (held_ > 0) settle(0);
  }
  MemoryClaim(const MemoryClaim&) = delete;
  MemoryClaim& operator=(const MemoryClaim&) = delete;

  // False, and nothing taken, when there is no room; then it stays so: the work is to be given up.
  bool grow(std::size_t bytes);
  void give_back(std::size_t bytes);
  // The work is done, and so much is still held.
  void settle(std::size_t bytes);

  bool was_refused() const { return was_refused_; }
  // Not even if there were nothing else: a retry is of no use.
  bool fits_never() const { return fits_never_; }
  std::size_t most() const { return most_; }  // That was ever held.

  // While one lives, claim_memory() and return_memory() on this thread speak of that claim.
  class Scope {
   public:
    explicit Scope(MemoryClaim& claim);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    MemoryClaim* const outer_;
  };

 private:
  bool find_room(std::size_t bytes);
  void set_held(std::size_t bytes);

  MemoryBudget* const budget_;
  bool is_large_ = false;
  std::size_t held_ = 0;
  std::size_t most_ = 0;
  bool was_refused_ = false;
  bool fits_never_ = false;
};

// Asks the claim of what this thread is doing; true where there is none.
bool claim_memory(std::size_t bytes);
void return_memory(std::size_t bytes);

// What decoding one request may take: as much as its size allows, while the process has room. Asks
// for a stock at a time, so that taking from it costs next to nothing.
class MemoryAllowance {
 public:
  explicit MemoryAllowance(std::size_t allowed) : allowed_(allowed) {}

  bool take(std::size_t bytes) {
    if (bytes > stock_ && !refill(bytes)) return false;
    stock_ -= bytes;
    return true;
  }

 private:
  static constexpr std::size_t kStock = std::size_t{256} << 10;

  bool refill(std::size_t bytes) {
    const std::size_t more = std::min(allowed_, std::max(bytes - stock_, kStock));
    if (more < bytes - stock_ || !claim_memory(more)) return false;
    allowed_ -= more;
    stock_ += more;
    return true;
  }

  std::size_t allowed_;
  std::size_t stock_ = 0;
};

}  // namespace obs
