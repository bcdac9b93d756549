#include "libobs/base/arena.h"

#include <algorithm>
#include <cstring>

namespace obs {
namespace {

// Small batches (one log line) must stay small; large ones double until a block is worth a
// page-fault burst.
constexpr std::size_t kFirstBlock = 1024;
constexpr std::size_t kLargestBlock = std::size_t{1} << 20;

}  // namespace

void* Arena::allocate(std::size_t size, std::size_t align) {
  std::size_t padding = -reinterpret_cast<std::uintptr_t>(next_) & (align - 1);
  if (next_ == nullptr || padding + size > left_) {
    const std::size_t doubled =
        std::min(kFirstBlock << std::min<std::size_t>(blocks_.size(), 10), kLargestBlock);
    const std::size_t block = std::max(doubled, size + align);
    blocks_.emplace_back(new std::byte[block]);
    next_ = blocks_.back().get();
    left_ = block;
    bytes_ += block;
    padding = -reinterpret_cast<std::uintptr_t>(next_) & (align - 1);
  }
  std::byte* const room = next_ + padding;
  next_ = room + size;
  left_ -= padding + size;
  return room;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* room = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(room, text.data(), text.size());
  return {room, text.size()};
}

std::string_view Arena::adopt(std::string&& buffer) {
  buffers_.push_back(std::make_unique<std::string>(std::move(buffer)));
  bytes_ += buffers_.back()->capacity();
  return *buffers_.back();
}

void Arena::keep(std::shared_ptr<const void> owner) { kept_.push_back(std::move(owner)); }

}  // namespace obs
