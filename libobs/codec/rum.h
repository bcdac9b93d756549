// Our own beacons, obs-rum(5): what happened on a web page, as log records that are events of
// OpenTelemetry's semantic conventions. Pure.

#pragma once

#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

// A beacon that is not well-formed fails whole. An event of an unknown type, or without what its
// type needs, is left out and told in `rejected`; its neighbours stay.
Result<std::vector<Decoded>, ParseError> decode_rum(std::string_view beacon, Timestamp received);

}  // namespace obs::codec
