// OTLP requests to batches and back, in protobuf and in JSON.
//
// A decoder takes one Export…ServiceRequest. A request that is not well-formed fails whole, with
// the offset of the first byte it could not accept. A record that is well-formed but cannot be kept
// (an id of the wrong length, a time beyond 2262) is left out and told in `rejected`; its
// neighbours stay. Unknown fields are skipped.
//
// Pure: no I/O; `received` comes from the caller. Text that is not UTF-8 is repaired and counted in
// the batch.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// AnyValues nested deeper than this reject their record: nothing real goes beyond a handful, and
// readers recurse. A body or an attribute's value has depth 1, what stands in it 2.
inline constexpr int kMaxValueDepth = 64;

// Rejections told to the sender one by one; the rest are a number.
inline constexpr std::size_t kMaxToldRejections = 5;

struct Rejection {
  std::uint64_t index = 0;  // Of the record in the request, counted over all resources and scopes.
  std::string_view reason;  // Static text, such as "trace_id is not 16 bytes".
};

struct Rejected {
  std::uint64_t count = 0;
  std::vector<Rejection> first;  // The first kMaxToldRejections, for the sender.

  void add(std::uint64_t index, std::string_view reason);
  // "2 of 100 records refused: #3: trace_id is not 16 bytes; #17: …"; empty when none were.
  std::string message(std::uint64_t total) const;
};

struct Decoded {
  model::Batch
      batch;  // `wire` is set when the input was protobuf and nothing was rejected or repaired.
  Rejected rejected;
  std::uint64_t total = 0;  // Records in the request, rejected ones included.
};

// `request` is taken over: the batch's text lies in it.
//
// kMalformed: not protobuf. kLimitExceeded: 4 GiB or more, or so many tiny items that they would
// take eight times the memory of the request and 64 MiB on top. Resources and scopes without
// records are left out.
Result<Decoded, ParseError> decode_otlp_protobuf(model::Signal signal, std::string&& request,
                                                 Timestamp received);
// For a buffer that lives elsewhere (a mapped WAL segment): `owner` is kept by the batch.
Result<Decoded, ParseError> decode_otlp_protobuf(model::Signal signal, std::string_view request,
                                                 std::shared_ptr<const void> owner,
                                                 Timestamp received);
Result<Decoded, ParseError> decode_otlp_json(model::Signal signal, std::string_view request,
                                             Timestamp received);

// Encodes every record, in their order; times whose source is not the sender go back to 0. A
// resource, scope or metric to which the records come back is written again.
std::string encode_otlp_protobuf(const model::Batch& batch);
std::string encode_otlp_json(const model::Batch& batch);

// The batch as OTLP protobuf: its `wire` if it has one, else encoded into `scratch`.
std::string_view otlp_bytes(const model::Batch& batch, std::string& scratch);

// The answers of an OTLP receiver, as OTLP/HTTP asks for them. Full success, with nothing rejected
// and nothing to tell, is no bytes in protobuf and `{}` in JSON. `message` without rejections is a
// warning. Errors are a google.rpc.Status.
enum class OtlpEncoding { kProtobuf, kJson };
std::string encode_export_response(model::Signal signal, OtlpEncoding encoding,
                                   std::uint64_t rejected, std::string_view message);
std::string encode_rpc_status(OtlpEncoding encoding, std::int32_t grpc_code,
                              std::string_view message);

}  // namespace obs::codec
