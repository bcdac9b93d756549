// A ScanFilter as a condition in SQL. Pure.

#pragma once

#include <string>
#include <vector>

#include "libobs/store/scan_filter.h"

namespace obs::store {

// The keys of the filter's attributes, for Session::make_attribute_view().
std::vector<std::string> keys_of(const ScanFilter& filter);

// Over the columns of make_attribute_view(signal, keys_of(filter)); "true" for an empty filter.
std::string to_condition(model::Signal signal, const ScanFilter& filter);

// Of logs of this severity (OTLP's number) or worse.
std::string severity_condition(std::int32_t least);

}  // namespace obs::store
