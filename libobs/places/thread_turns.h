// How the kernel's scheduler treats the calling thread beside others that want its CPU.
//
// All of it is a wish: what the kernel does not know (slices, before Linux 6.12) or does not allow
// changes nothing.

#pragma once

#include <cstddef>

#include "libobs/base/clock.h"

namespace obs::places {

// `nicer_by` is added to the thread's nice value, 0 leaves it. A thread that has asked for short
// slices, of 0.1 to 100 ms, runs sooner when it wakes up, ahead of those with long ones; it gets no
// more time than they.
void ask_for_turns(int nicer_by, Duration slice);

// Keeps the thread to the CPU with this index among those that the process may use. False: there
// are not as many, and it may run on any as before.
bool keep_to_cpu(std::size_t index);

// How many CPUs the process may use.
std::size_t count_cpus();

}  // namespace obs::places
