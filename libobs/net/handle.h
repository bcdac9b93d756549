// Ownership of libuv's leaf handles (timers, signals, asyncs, listeners), and its errors as ours.

#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <uv.h>

#include "libobs/base/result.h"

namespace obs::net {

// uv_close() is asynchronous: libuv touches the handle until its close callback runs. So the memory
// belongs to the loop from uv_close() on, and is freed in that callback and nowhere else.
template <class T>
struct CloseHandle {
  void operator()(T* handle) const noexcept {
    handle->data = nullptr;  // The owner is going away; late callbacks see that.
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }
};

template <class T>
using Handle = std::unique_ptr<T, CloseHandle<T>>;

// "<action>: <what libuv says>". A used address or a lack of descriptors is kUnavailable; a bad
// address or no right to it is kInvalidArgument; anything else kIo.
Failure<Error> fail_uv(int status, std::string_view action);

// Makes a handle by its uv_*_init. When that fails the memory was never libuv's.
template <class T, class Init>
Result<Handle<T>> open_handle(std::string_view action, Init init) {
  auto memory = std::make_unique<T>();
  memory->data = nullptr;
  if (const int status = init(memory.get()); status != 0) return fail_uv(status, action);
  return Handle<T>(memory.release());
}

}  // namespace obs::net
