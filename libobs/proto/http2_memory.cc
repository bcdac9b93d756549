#include "libobs/proto/http2_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>

namespace obs::proto {
namespace {

// A session and a few streams. What does not fit comes from malloc and stays awake.
constexpr std::size_t kRegion = std::size_t{40} << 10;
// In front of each block: its size, and room to keep what follows aligned.
constexpr std::size_t kHeader = 16;
// Pieces that are kept or not.
constexpr std::size_t kPiece = 32;
constexpr std::size_t kBits = 64;

std::size_t& size_of(void* block) {
  return *reinterpret_cast<std::size_t*>(static_cast<std::byte*>(block) - kHeader);
}

bool is_zero(const std::byte* piece) {
  static constexpr std::byte kZeros[kPiece] = {};
  return std::memcmp(piece, kZeros, kPiece) == 0;
}

Http2Memory& of(void* user) { return *static_cast<Http2Memory*>(user); }

}  // namespace

Http2Memory::Http2Memory() {
  void* const mapped =
      mmap(nullptr, kRegion, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped != MAP_FAILED) region_ = static_cast<std::byte*>(mapped);
  functions_.mem_user_data = this;
  functions_.malloc = [](std::size_t size, void* user) { return of(user).allocate(size); };
  functions_.free = [](void* block, void* user) { of(user).release(block); };
  functions_.calloc = [](std::size_t count, std::size_t size, void* user) {
    return of(user).allocate_zeroed(count * size);
  };
  functions_.realloc = [](void* block, std::size_t size, void* user) {
    return of(user).reallocate(block, size);
  };
}

Http2Memory::~Http2Memory() {
  if (region_ != nullptr) munmap(region_, kRegion);
}

bool Http2Memory::owns(const void* block) const {
  const auto* at = static_cast<const std::byte*>(block);
  return region_ != nullptr && at >= region_ && at < region_ + kRegion;
}

void* Http2Memory::allocate(std::size_t size) {
  const std::size_t rounded = (std::max<std::size_t>(size, 1) + kGrain - 1) / kGrain * kGrain;
  if (rounded <= kSmall && free_[rounded / kGrain] != nullptr) {
    void* const block = free_[rounded / kGrain];
    std::memcpy(&free_[rounded / kGrain], block, sizeof(void*));
    return block;
  }
  std::byte* start = nullptr;
  if (region_ != nullptr && rounded <= kRegion - used_ && kHeader <= kRegion - used_ - rounded) {
    start = region_ + used_;
    used_ += kHeader + rounded;
  } else {
    start = static_cast<std::byte*>(std::malloc(kHeader + rounded));
    if (start == nullptr) return nullptr;
  }
  void* const block = start + kHeader;
  size_of(block) = rounded;
  return block;
}

void* Http2Memory::allocate_zeroed(std::size_t size) {
  void* const block = allocate(size);
  if (block != nullptr) std::memset(block, 0, size);
  return block;
}

void* Http2Memory::reallocate(void* block, std::size_t size) {
  if (block == nullptr) return allocate(size);
  const std::size_t room = size_of(block);
  if (size <= room) return block;
  void* const larger = allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, room);
  release(block);
  return larger;
}

void Http2Memory::release(void* block) {
  if (block == nullptr) return;
  if (!owns(block)) return std::free(static_cast<std::byte*>(block) - kHeader);
  const std::size_t room = size_of(block);
  if (room > kSmall) return;
  std::memcpy(block, &free_[room / kGrain], sizeof(void*));
  free_[room / kGrain] = block;
}

void Http2Memory::sleep() {
  if (asleep_ || region_ == nullptr) return;
  asleep_ = true;
  const std::size_t pieces = (used_ + kPiece - 1) / kPiece;
  filled_.assign((pieces + kBits - 1) / kBits, 0);
  for (std::size_t i = 0; i < pieces; ++i) {
    if (!is_zero(region_ + i * kPiece)) filled_[i / kBits] |= std::uint64_t{1} << i % kBits;
  }
  std::string kept;
  for (std::size_t i = 0; i < pieces; ++i) {
    if ((filled_[i / kBits] >> i % kBits & 1) != 0)
      kept.append(reinterpret_cast<const char*>(region_ + i * kPiece), kPiece);
  }
  kept_.assign(kept);  // Without the room that growing has left.
  madvise(region_, kRegion, MADV_DONTNEED);
}

void Http2Memory::wake() {
  if (!asleep_) return;
  asleep_ = false;
  const char* next = kept_.data();
  for (std::size_t i = 0; i < filled_.size() * kBits; ++i) {
    if ((filled_[i / kBits] >> i % kBits & 1) == 0) continue;
    std::memcpy(region_ + i * kPiece, next, kPiece);
    next += kPiece;
  }
  filled_ = {};
  kept_ = {};
}

}  // namespace obs::proto
