// One document of the Elastic Common Schema as a log record. For the codec's own files.

#pragma once

#include <string_view>
#include <vector>

#include "libobs/codec/request_batch.h"

namespace obs::codec {

// Nested objects as dotted keys: {"a":{"b":1}} is {"a.b":1}. Empty objects, those in arrays, and
// those whose names would become longer than a kilobyte stay as they are.
std::vector<model::KeyValue> flatten_document(model::Attributes members, RequestBatch& batch);

// Adds the record. All text lies in the batch's arena.
void add_elastic_document(model::Attributes members, std::string_view index, std::string_view id,
                          RequestBatch& batch);

}  // namespace obs::codec
