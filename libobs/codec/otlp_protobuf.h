// OTLP protobuf between our own processes: a request that any OpenTelemetry consumer can read, and
// that says in a field of ours what OTLP cannot: the time we gave a record that had none, where it
// is not the batch's. Times before 1970 survive too. Not for requests of strangers: what they put
// there would be believed.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libobs/codec/otlp.h"

namespace obs::codec {

// As decode_otlp_protobuf; every batch we encoded comes back whole.
Result<Decoded, ParseError> decode_own_protobuf(model::Signal signal, std::string&& request,
                                                Timestamp received);
// For bytes that live elsewhere: `owner` is kept by the batch.
Result<Decoded, ParseError> decode_own_protobuf(model::Signal signal, std::string_view request,
                                                std::shared_ptr<const void> owner,
                                                Timestamp received);
std::string encode_own_protobuf(const model::Batch& batch);

}  // namespace obs::codec
