// Batches as a busy service sends them: a thousand records of one scope, encoded about 300 B each
// with eight attributes.

#pragma once

#include <cstddef>

#include "libobs/model/batch.h"

namespace obs::bench {

model::Batch sample_logs(std::size_t count);
model::Batch sample_spans(std::size_t count);
// Counters, and one histogram of fifteen buckets in every four points.
model::Batch sample_metrics(std::size_t count);

}  // namespace obs::bench
