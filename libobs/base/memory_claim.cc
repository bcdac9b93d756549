#include "libobs/base/memory_claim.h"

#include <utility>

namespace obs {
namespace {

thread_local MemoryClaim* current = nullptr;

}  // namespace

bool MemoryClaim::find_room(std::size_t bytes) {
  if (budget_->try_add(bytes, budget_->work_limit())) return true;
  const std::size_t ceiling = budget_->ceiling();
  const std::size_t own = held_ + beside_;
  if (own > ceiling || bytes > ceiling - own) {
    fits_never_ = true;
    return false;
  }
  return budget_->become_large(this) && budget_->try_add(bytes, ceiling);
}

bool MemoryClaim::grow(std::size_t bytes) {
  if (budget_ == nullptr) return true;
  if (was_refused_ || !find_room(bytes)) {
    was_refused_ = true;
    budget_->end_large(this);  // For another; what it holds it is about to give back.
    return false;
  }
  held_ += bytes;
  most_ = std::max(most_, held_);
  return true;
}

void MemoryClaim::give_back(std::size_t bytes) {
  if (budget_ == nullptr) return;
  bytes = std::min(bytes, held_);
  budget_->release(bytes);
  held_ -= bytes;
}

void MemoryClaim::settle(std::size_t bytes) {
  if (budget_ == nullptr) return;
  budget_->add(bytes);
  budget_->release(std::exchange(held_, bytes));
  budget_->end_large(this);
}

MemoryClaim::Scope::Scope(MemoryClaim& claim) : outer_(std::exchange(current, &claim)) {}

MemoryClaim::Scope::~Scope() { current = outer_; }

bool claim_memory(std::size_t bytes) { return current == nullptr || current->grow(bytes); }

void return_memory(std::size_t bytes) {
  if (current != nullptr) current->give_back(bytes);
}

}  // namespace obs
