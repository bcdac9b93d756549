// One entry of a Redis stream: `v=1 id sig n enc prj rt d`, an Envelope field by field.
//
//   v    1: the version of this layout          enc  "otlp" or "otlp+zstd"
//   id   batch id, 32 hex digits                prj  project
//   sig  "logs", "spans" or "metrics"           rt   received, nanoseconds since the epoch
//   n    records                                d    the payload
//
// A reader ignores fields it does not know; a change that old readers must not survive raises v.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/codec/envelope.h"
#include "libobs/proto/redis.h"

namespace obs::places {

// The fields as XADD wants them: names and values in turn. `d` is a view of the envelope's payload;
// the others point into `scratch`.
std::vector<std::string_view> entry_fields(const codec::Envelope& envelope, std::string& scratch);

struct RedisEntry {
  std::string id;                         // "1700000000000-0"
  std::vector<proto::RedisReply> fields;  // Names and values in turn; empty: deleted meanwhile.
};

// Takes an entry of XREADGROUP, XAUTOCLAIM or XRANGE: [id, [name, value, …]]. kMalformed when it
// has no such shape.
Result<RedisEntry> take_entry(proto::RedisReply&& reply);

// Reads the fields, and moves the payload out of them when all is well. kMalformed and
// kUnsupported (a newer version) name the field.
Result<codec::Envelope> parse_entry(std::vector<proto::RedisReply>& fields);

}  // namespace obs::places
