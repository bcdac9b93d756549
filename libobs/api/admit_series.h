// The cardinality guard in front of the sink: applied by seal(), so that every door passes it.

#pragma once

#include "libobs/codec/otlp.h"
#include "libobs/pipeline/series_guard.h"

namespace obs::api {

// Takes the points that the guard refuses out of a batch of metrics, whose project is set, and
// tells them in `rejected`. A null guard refuses nothing.
void admit_series(pipeline::SeriesGuard* guard, codec::Decoded& decoded);

}  // namespace obs::api
