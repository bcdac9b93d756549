// The services of a store at a glance.

#pragma once

#include <optional>
#include <string>

#include "libobs/base/clock.h"

namespace obs::query {

// A query with a row a service: its spans, how many of them failed and how long they took, its
// logs, how many of them are warnings and errors, its data points, and when it was last heard of.
std::string select_services(std::optional<Timestamp> since, std::optional<Timestamp> until);

}  // namespace obs::query
