// Batches as text, every field of every record, to compare and to show what differs.
//
// A record is dumped with its resource and scope, so that batches whose grouping differs compare
// equal. service.name stands first among a resource's attributes, as obs-record(5) puts it.

#pragma once

#include <string>
#include <vector>

#include "libobs/model/batch.h"

namespace obs::test {

std::string dump_value(const model::Value& value);

// One text a record, in their order; then one for each metric that has no points.
std::vector<std::string> dump_records(const model::Batch& batch);

// Empty when both hold the same records in the same order; else the first that differs, both ways.
// Text that is wire bytes, ids and receiving times of whole batches are not compared.
std::string first_difference(const model::Batch& expected, const model::Batch& actual);

}  // namespace obs::test
