// A bump allocator that owns what a Batch points into: copied text, arrays of values, and whole
// buffers that decoded text still lies in.
//
// Nothing is freed before the arena is, and no destructor of an allocated object runs. Not
// thread-safe while it grows; any number of threads may read what it holds.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace obs {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(std::size_t size, std::size_t align = alignof(std::max_align_t));

  // Uninitialised room for `count` objects.
  template <class T>
  T* allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  template <class T>
  std::span<T> copy_array(std::span<const T> items) {
    T* room = allocate_array<T>(items.size());
    std::uninitialized_copy(items.begin(), items.end(), room);
    return {room, items.size()};
  }

  std::string_view copy(std::string_view text);

  // Takes a buffer over, and returns a view of it that lives as long as the arena.
  std::string_view adopt(std::string&& buffer);

  // Keeps something else alive as long as the arena lives, such as a buffer shared with another
  // batch.
  void keep(std::shared_ptr<const void> owner);

  // Bytes held, adopted buffers included, kept owners not.
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::vector<std::unique_ptr<std::string>> buffers_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace obs
