// How much memory batches take: for those who bound what they hold.

#pragma once

#include <cstddef>

#include "libobs/model/batch.h"

namespace obs::model {

// About how much a batch holds: its arena with what that adopted, and its columns.
std::size_t memory_bytes(const Batch& batch);

}  // namespace obs::model
