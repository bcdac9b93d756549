// The services of a store at a glance.

#pragma once

#include <optional>
#include <string>

#include "libobs/base/clock.h"

namespace obs::query {

// Queries over what is counted beside the records, so that no span and no log is read. Times are of
// whole minutes, last_seen too, and quantiles right within nine percent; a sampled span counts as
// many as it stands for.

// A row a service: its spans, how many of them failed and how long they took, its logs, how many of
// them are warnings and errors, its data points, and when it was last heard of.
std::string select_services(std::optional<Timestamp> since, std::optional<Timestamp> until);
// A row a pair of services of which one calls the other.
std::string select_edges(std::optional<Timestamp> since, std::optional<Timestamp> until);
// A row a service, name and kind of spans.
std::string select_operations(std::optional<Timestamp> since, std::optional<Timestamp> until);

}  // namespace obs::query
