// The source that reads a Redis stream as one consumer of a group.
//
// Consumers of a group share the 64 slots among those that live. An entry is acknowledged to Redis
// once the sink has acknowledged its batch; what a dead consumer left is claimed after five
// seconds. So every entry reaches some sink at least once, under the same batch id each time, which
// is how a store knows that it has it.

#pragma once

#include <memory>

#include "libobs/places/places.h"

namespace obs::places {

// Connects in run(), again and again while Redis is away; OpenContext::health hears of it. An entry
// that cannot be read, or that the sink refuses as bad data, is moved to NAME:dead and told through
// `warn`. run() fails only when the sink fails for good.
Result<std::unique_ptr<pipeline::Source>> open_redis_source(const Address& address,
                                                            OpenContext context);

}  // namespace obs::places
