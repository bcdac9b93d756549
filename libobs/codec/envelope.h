// Envelope: one batch as bytes, with what a receiver knows about it. The payload of a WAL frame
// and, field by field, of a Redis stream entry (`v=1 id sig n enc prj rt d`).
//
// As one byte string, integers little-endian:
//
//   offset  size
//        0     3  "OBE"
//        3     1  version, 1
//        4     1  signal: 0 logs, 1 spans, 2 metrics
//        5     1  encoding of the payload: 0 OTLP protobuf, 1 the same in zstd
//        6     2  length of the project, p
//        8     4  records in the payload
//       12     4  length of the payload, n
//       16     8  received, ns since the epoch, signed
//       24    16  batch id
//       40     p  project, UTF-8
//     40+p     n  payload
//
// Nothing follows, and no checksum is in it: what carries envelopes has its own. A reader refuses
// versions above its own and keeps reading all below.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::codec {

enum class PayloadEncoding : std::uint8_t { kOtlp = 0, kOtlpZstd = 1 };  // "otlp", "otlp+zstd"

struct Envelope {
  model::BatchId id;
  model::Signal signal = model::Signal::kLogs;
  std::uint32_t records = 0;
  PayloadEncoding encoding = PayloadEncoding::kOtlp;
  std::string project;  // Less than 64 KiB.
  Timestamp received = 0;
  // OTLP protobuf Export…ServiceRequest, compressed as `encoding` says. Less than 4 GiB.
  std::string payload;
};

// `zstd` compresses the payload when that makes it smaller. Every batch comes back from
// open_envelope with the records it had, also with times that OTLP cannot say (otlp_protobuf.h).
Envelope seal(const model::Batch& batch, bool zstd);

// The payload is trusted to be ours. kMalformed: it does not decode, or holds another number of
// records than it says. kLimitExceeded: it would inflate beyond `limit`.
Result<model::Batch> open_envelope(Envelope envelope, std::size_t limit);

void append_envelope(std::string& out, const Envelope& envelope);
// The envelope that seal(batch, false) makes, of a batch that has wire bytes.
void append_wire_envelope(std::string& out, const model::Batch& batch);
// Parses and opens an envelope in bytes that live elsewhere: the batch points into them, and keeps
// `owner`. Fails as parse_envelope() and open_envelope() do.
Result<model::Batch> open_envelope_in_place(std::string_view bytes,
                                            std::shared_ptr<const void> owner, std::size_t limit);
// `bytes` is exactly one envelope. The payload is copied. kUnsupported: of a later version.
Result<Envelope, ParseError> parse_envelope(std::string_view bytes);

}  // namespace obs::codec
