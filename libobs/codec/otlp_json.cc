#include <algorithm>
#include <utility>

#include "libobs/codec/otlp_json_decode.h"

namespace obs::codec {
namespace {

void decode_signal(otlp_json::Decoder& decoder) {
  switch (decoder.batch().signal) {
    case model::Signal::kLogs: return otlp_json::decode_logs(decoder);
    case model::Signal::kSpans: return otlp_json::decode_spans(decoder);
    case model::Signal::kMetrics: return otlp_json::decode_metrics(decoder);
  }
}

}  // namespace

Result<Decoded, ParseError> decode_otlp_json(model::Signal signal, std::string_view request,
                                             Timestamp received) {
  // Its index is worth keeping: a receiver decodes one request after the other.
  thread_local JsonReader json;
  Decoded out;
  out.batch.signal = signal;
  out.batch.received = received;
  // The batch's text stays where the request is, so the request moves into the arena, whole.
  char* const text = out.batch.arena->allocate_array<char>(request.size() + JsonReader::kPadding);
  std::copy(request.begin(), request.end(), text);
  if (json.start(text, request.size())) {
    otlp_json::Decoder decoder(json, out, request.size());
    decode_signal(decoder);
  }
  out.batch.repaired_utf8 = json.repaired();
  const bool whole = json.finish();
  json.trim();
  if (!whole) return fail(json.error());
  return out;
}

}  // namespace obs::codec
