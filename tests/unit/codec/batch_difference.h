// For tests: where two batches differ, field by field, told in one line.

#pragma once

#include <string>

#include "libobs/model/batch.h"

namespace obs::codec {

// "" when the batches hold the same records in the same resources and scopes; else the first
// difference, such as "logs.body[3]". Doubles compare by bits. What only the receiver knows (id,
// project, received, wire, repaired_utf8) is not compared.
std::string find_difference(const model::Batch& a, const model::Batch& b);

}  // namespace obs::codec
