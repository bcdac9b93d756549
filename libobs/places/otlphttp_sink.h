// The sink that forwards batches to an OTLP/HTTP receiver: `otlphttp://HOST:PORT`.

#pragma once

#include <memory>

#include "libobs/places/places.h"

namespace obs::places {

// Acknowledged means: the receiver has answered 2xx. What it refused by partial success is counted
// as rejected and told through `warn`.
//
// A receiver that is away or busy is asked again, with pauses that double from half a second to
// half a minute or last as long as its Retry-After says; for ever, or for `?timeout=30s`, or until
// the program must end (Sink::give_up_after). Batches wait meanwhile, up to a bound.
// `?compression=gzip|zstd|none`, `?header=NAME:VALUE` (VALUE may be
// @FILE or exec:COMMAND), `?ca=FILE`.
Result<std::unique_ptr<pipeline::Sink>> open_otlphttp_sink(const Address& address,
                                                           OpenContext context);

}  // namespace obs::places
