// A branch into a place that takes records: a store, Redis, an OTLP receiver.

#pragma once

#include <memory>
#include <string>

#include "cmd/obs-pipe/branches.h"
#include "libobs/places/places.h"

namespace obs::pipe {

// Lines become records as obs-record(5) says. One that claims to be a record and is none is left
// out and told on stderr; close() then fails with kMalformed.
Result<std::unique_ptr<Branch>> open_place_branch(const places::Address& address);

}  // namespace obs::pipe
