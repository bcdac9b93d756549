#include "libobs/base/memory_claim.h"

#include <utility>

namespace obs {
namespace {

thread_local MemoryClaim* current = nullptr;

}  // namespace

bool MemoryClaim::find_room(std::size_t bytes) {
  const std::size_t wanted = held_ + bytes;
  if (!is_large_) {
    const bool is_small = wanted <= budget_->small_work();
    if (budget_->try_add(bytes, is_small ? budget_->work_limit() : budget_->larger_limit())) {
      held_ = wanted;
      return true;
    }
  }
  fits_never_ = held_ > budget_->large_limit() || bytes > budget_->large_limit() - held_;
  if (fits_never_) return false;
  if (!is_large_) {
    if (!budget_->become_large(this)) return false;
    is_large_ = true;
    budget_->release(held_);
  }
  set_held(wanted);
  return true;
}

// Of what is held already or is not to be asked for.
void MemoryClaim::set_held(std::size_t bytes) {
  if (is_large_) {
    budget_->set_large(bytes);
  } else {
    budget_->add(bytes);
    budget_->release(held_);
  }
  held_ = bytes;
}

bool MemoryClaim::grow(std::size_t bytes) {
  if (budget_ == nullptr) return true;
  was_refused_ = was_refused_ || !find_room(bytes);
  most_ = std::max(most_, held_);
  return !was_refused_;
}

void MemoryClaim::give_back(std::size_t bytes) {
  if (budget_ != nullptr) set_held(held_ - std::min(bytes, held_));
}

// The large one stays so while what it became waits for a sink, unless that is small.
void MemoryClaim::settle(std::size_t bytes) {
  if (budget_ == nullptr) return;
  if (is_large_ && bytes <= budget_->small_work()) {
    held_ = 0;
    is_large_ = false;
    budget_->end_large();
  }
  set_held(bytes);
}

MemoryClaim::Scope::Scope(MemoryClaim& claim) : outer_(std::exchange(current, &claim)) {}

MemoryClaim::Scope::~Scope() { current = outer_; }

bool claim_memory(std::size_t bytes) { return current == nullptr || current->grow(bytes); }

void return_memory(std::size_t bytes) {
  if (current != nullptr) current->give_back(bytes);
}

}  // namespace obs
