#include "libobs/base/arena.h"

#include <algorithm>
#include <cstring>

namespace obs {
namespace {

// Small batches (one log line) must stay small; large ones grow by an eighth of what they hold,
// since many wait in memory, and the room at the end of the last block waits with them.
constexpr std::size_t kFirstBlock = 1024;
constexpr std::size_t kLargestBlock = std::size_t{1} << 20;
constexpr std::size_t kGrowth = 8;

}  // namespace

void* Arena::allocate(std::size_t size, std::size_t align) {
  std::size_t padding = -reinterpret_cast<std::uintptr_t>(next_) & (align - 1);
  if (next_ == nullptr || padding + size > left_) {
    const std::size_t wanted = std::clamp(bytes_ / kGrowth, kFirstBlock, kLargestBlock);
    const std::size_t block = std::max(wanted, size + align);
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
