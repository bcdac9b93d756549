// What a piece of work on a request of a thousand records costs, and how it is printed.

#pragma once

#include <cstddef>
#include <functional>

namespace obs::bench {

inline constexpr std::size_t kRequestRecords = 1000;

// Runs `work` on a whole request many times, and prints what one record costs: CPU time of this
// thread, the best of several rounds. `bytes` is the size of the request; `work` answers something
// that is not zero unless it failed.
void measure(const char* name, std::size_t bytes, const std::function<std::size_t()>& work);

}  // namespace obs::bench
