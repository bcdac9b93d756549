#include "libobs/codec/otlp_protobuf.h"

#include <limits>
#include <utility>

#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/otlp_protobuf_encode.h"

namespace obs::codec {

namespace {

void decode_signal(otlp::Decoder& decoder, std::string_view request) {
  switch (decoder.batch().signal) {
    case model::Signal::kLogs: return otlp::decode_logs(decoder, request);
    case model::Signal::kSpans: return otlp::decode_spans(decoder, request);
    case model::Signal::kMetrics: return otlp::decode_metrics(decoder, request);
  }
}

// `request` lies in the arena of `out.batch`, or is kept alive by it.
Result<void, ParseError> decode_into(Decoded& out, std::string_view request, bool trusted) {
  // Sizes of values and indexes of rows have 32 bits.
  if (request.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ParseError{Errc::kLimitExceeded, 0, "request of 4 GiB or more"});
  }
  try {
    otlp::Decoder decoder(out, request, trusted);
    decode_signal(decoder, request);
    if (decoder.is_exact()) out.batch.wire = request;
  } catch (const otlp::Abandoned& abandoned) {
    const auto offset = static_cast<std::size_t>(abandoned.at - request.data());
    return fail(ParseError{abandoned.code, offset, abandoned.what});
  }
  return {};
}

Decoded empty_decoded(model::Signal signal, Timestamp received) {
  Decoded out;
  out.batch.signal = signal;
  out.batch.received = received;
  return out;
}

}  // namespace

Result<Decoded, ParseError> decode_otlp_protobuf(model::Signal signal, std::string&& request,
                                                 Timestamp received) {
  Decoded out = empty_decoded(signal, received);
  const std::string_view bytes = out.batch.arena->adopt(std::move(request));
  OBS_TRY_VOID(decode_into(out, bytes, false));
  return out;
}

Result<Decoded, ParseError> decode_otlp_protobuf(model::Signal signal, std::string_view request,
                                                 std::shared_ptr<const void> owner,
                                                 Timestamp received) {
  Decoded out = empty_decoded(signal, received);
  out.batch.arena->keep(std::move(owner));
  OBS_TRY_VOID(decode_into(out, request, false));
  return out;
}

Result<Decoded, ParseError> decode_own_protobuf(model::Signal signal, std::string&& request,
                                                Timestamp received) {
  Decoded out = empty_decoded(signal, received);
  const std::string_view bytes = out.batch.arena->adopt(std::move(request));
  OBS_TRY_VOID(decode_into(out, bytes, true));
  return out;
}

Result<Decoded, ParseError> decode_own_protobuf(model::Signal signal, std::string_view request,
                                                std::shared_ptr<const void> owner,
                                                Timestamp received) {
  Decoded out = empty_decoded(signal, received);
  out.batch.arena->keep(std::move(owner));
  OBS_TRY_VOID(decode_into(out, request, true));
  return out;
}

std::string encode_otlp_protobuf(const model::Batch& batch) {
  return otlp::Encoder(batch, false).encode();
}

std::string encode_own_protobuf(const model::Batch& batch) {
  return otlp::Encoder(batch, true).encode();
}

}  // namespace obs::codec
