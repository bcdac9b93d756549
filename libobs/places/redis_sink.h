// The sink that appends batches to a Redis stream.

#pragma once

#include <memory>

#include "libobs/places/places.h"

namespace obs::places {

// Acknowledged means: Redis has answered XADD for each slot the batch fell into, and keeps what it
// is given as `?durability=` asks (places/redis_connection.h). Connects on a thread of its own:
// a Redis that is away, full or set up wrongly shows in health(), and batches are acked
// kUnavailable after a second of that, at once from then on, until it is back.
Result<std::unique_ptr<pipeline::Sink>> open_redis_sink(const Address& address,
                                                        const OpenContext& context);

}  // namespace obs::places
