// The sinks that write records as lines: `-` and `file:PATH`.

#pragma once

#include <memory>

#include "libobs/places/places.h"

namespace obs::places {

// Acknowledged means: written to stdout, or to the file. With `?sync=1` of file: it also survives a
// power cut. Each batch is one write of whole lines, so that several programs may append to one
// file. close() syncs a file. When a write fails half way (a full disk), the half is cut off again.
Result<std::unique_ptr<pipeline::Sink>> open_ndjson_sink(const Address& address,
                                                         const OpenContext& context);

}  // namespace obs::places
