// Envelope: one batch as bytes, with what a receiver knows about it. The payload of a WAL frame
// and, field by field, of a Redis stream entry (`v=1 id sig n enc prj rt d`).

#pragma once

#include <cstdint>
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
  std::string project;
  Timestamp received = 0;
  std::string payload;  // OTLP protobuf Export…ServiceRequest, compressed as `encoding` says.
};

// `zstd` compresses the payload when that makes it smaller.
Envelope seal(const model::Batch& batch, bool zstd);

// kMalformed: the payload does not decode, or holds another number of records than it says.
// kLimitExceeded: it would inflate beyond `limit`.
Result<model::Batch> open_envelope(Envelope envelope, std::size_t limit);

// One byte string: magic and version byte, then the fields, little-endian; see obs-store(5). For
// WAL frames and spools.
void append_envelope(std::string& out, const Envelope& envelope);
// `bytes` is exactly one envelope. The payload is copied.
Result<Envelope, ParseError> parse_envelope(std::string_view bytes);

}  // namespace obs::codec
