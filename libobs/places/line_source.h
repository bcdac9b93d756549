// The sources that read records as lines: `-` and `file:PATH`.

#pragma once

#include <memory>

#include "libobs/places/places.h"

namespace obs::places {

// Lines become batches of about a thousand records, sooner when the input pauses. A line that
// claims to be a record and is none is left out, counted, and told through `warn`; run() then fails
// with kMalformed after the rest has been delivered. A line that is no JSON is the body of a log
// record, or, when `strict`, bad as well.
//
// With `follow` a file is read on as it grows, and from the start of its successor when it is
// replaced or cut. Without, the id of each batch is derived from the file and the place in it, so
// that a read which was cut short by a crash may simply be repeated.
Result<std::unique_ptr<pipeline::Source>> open_line_source(const Address& address,
                                                           OpenContext context);

}  // namespace obs::places
