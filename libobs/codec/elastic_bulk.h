// Elasticsearch's bulk requests to log records: lines of actions and documents.
//
// A document is read as the Elastic Common Schema has it, nested or dotted: @timestamp, message,
// log.level, service.name, trace.id and span.id are the record's own, error.type, error.message and
// error.stack_trace become exception.*, service.*, host.*, agent.*, cloud.*, container.*,
// kubernetes.* and orchestrator.* attributes of the resource, as do the index
// (elasticsearch.index.name); everything else is an attribute under its dotted name. Documents of
// other habits (level, msg, log…) are read as foreign log lines are (foreign.h).
//
// Pure. Only `index` and `create` add records: an `update` or `delete` is told as one that failed.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

// More actions in one request than any client sends.
inline constexpr std::size_t kMaxBulkItems = 200'000;

// What one action asked for, and what became of it.
struct BulkItem {
  std::string_view action;  // "index", "create", "update", "delete". Static text.
  std::string_view index;   // In the arena of the batch.
  std::string_view id;      // Empty when the client gave none.
  std::string_view error;   // Why its document cannot be kept; empty when it is. Static text.
  std::size_t offset = 0;   // Of what was wrong, within the document.
};

struct DecodedBulk {
  Decoded logs;
  std::vector<BulkItem> items;
};

// `index` is what the path names; an action's own wins. kMalformed, with the offset: an action line
// is none, or the last one's document is missing. kLimitExceeded: more than kMaxBulkItems.
Result<DecodedBulk, ParseError> decode_elastic_bulk(std::string_view body, std::string_view index,
                                                    Timestamp received);

// One document of its own. One that cannot be kept is told in the only item.
DecodedBulk decode_elastic_document(std::string_view body, std::string_view index,
                                    std::string_view id, Timestamp received);

}  // namespace obs::codec
