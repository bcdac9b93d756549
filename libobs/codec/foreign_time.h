// Times as log libraries write them.

#pragma once

#include <optional>

#include "libobs/base/clock.h"
#include "libobs/model/value.h"

namespace obs::codec {

// A number is an epoch time whose unit its size tells: seconds, milliseconds, microseconds or
// nanoseconds, with or without a fraction. Text is such a number, or RFC 3339 and its neighbours: a
// space for the T, a comma for the point, an offset without its colon or with hours only, and none
// at all, which is taken for UTC. nullopt for everything else, and for numbers that are too small
// to be a time since 1973.
std::optional<Timestamp> to_foreign_time(const model::Value& value);

}  // namespace obs::codec
