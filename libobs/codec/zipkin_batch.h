// Spans of Zipkin into a batch, whichever way they were written. For the codec's own files.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libobs/codec/request_batch.h"

namespace obs::codec {

struct ZipkinEndpoint {
  std::string_view service;
  std::string_view address;
  std::int64_t port = 0;  // 0: not said.
};

// A span as it was sent. Text lies in the batch's arena and is UTF-8 already.
struct ZipkinSpan {
  model::TraceId trace_id;
  model::SpanId id;
  model::SpanId parent_id;
  std::string_view name;
  std::int32_t kind = 1;  // OTLP's; one that was not said is internal.
  Timestamp time = 0;
  Duration duration = 0;
  bool debug = false;
  bool shared = false;
  ZipkinEndpoint local;
  ZipkinEndpoint remote;
  std::vector<model::SpanEvent> annotations;
  std::vector<model::KeyValue> tags;
  std::string_view refusal;  // Why it cannot be kept. Static text; the first counts.

  void clear();
  void refuse(std::string_view reason) {
    if (refusal.empty()) refusal = reason;
  }

  // Times and durations as Zipkin counts them, in microseconds.
  void set_time(std::int64_t microseconds);
  void set_duration(std::int64_t microseconds);
  void annotate(std::int64_t microseconds, std::string_view text);
  void tag(std::string_view key, model::Value value);
};

// Tells a span of the request, kept or refused.
void add_zipkin_span(const ZipkinSpan& span, RequestBatch& batch);

}  // namespace obs::codec
