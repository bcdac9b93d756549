// The recorder: turns what an operation did into the span and the log records that its SDK would
// have made of it.

#pragma once

#include <optional>
#include <vector>

#include "cmd/obs-sim/timeline.h"

namespace obs::sim {

// Where something happens in a trace.
struct Place {
  Instance at;
  model::TraceId trace_id;
  model::SpanId span_id;
};

struct SpanFacts {
  const Operation* operation = nullptr;
  bool calling = false;  // The caller's client span of a served operation.
  Place place;
  model::SpanId parent;
  bool remote_parent = false;
  Timestamp start = 0;
  Timestamp end = 0;
  Fault fault;
  bool raised_here = false;  // The fault began in this span.
  bool refused = false;      // No answer came, so there is no status to tell.
  int attempt = 1;
  std::optional<Place> link;
  const Visit* visit = nullptr;
};

class Recorder {
 public:
  Recorder(Timeline& timeline, Fleet& fleet) : timeline_(timeline), fleet_(fleet) {}

  // The span, its exception event and log if a fault was raised here, and what the operation
  // measures.
  void record_span(const SpanFacts& facts);

  // The operation's own lines for that moment. `since` is when it began.
  void record_lines(LogLine::When when, const Operation& operation, const Place& place,
                    Timestamp time, Timestamp since, const Visit& visit, const Fault& fault,
                    Random& random);

  // A line of an HTTP server's access log.
  void record_access(const SpanFacts& facts);

  // The caller of an operation that failed says how it goes on.
  void record_warning(const Operation& callee, const Place& place, Timestamp time,
                      const Fault& fault, int attempt, int attempts);

  // A log record with attributes already in the arena of its second; also for what is outside any
  // trace.
  void record_log(const Place& place, Timestamp time, int severity_number, model::Value body,
                  model::Attributes attributes, std::string_view event_name = {});

 private:
  void measure(const SpanFacts& facts);

  Timeline& timeline_;
  Fleet& fleet_;
  std::vector<model::KeyValue> scratch_;  // Attributes while they are gathered.
};

// HTTP status and gRPC code that a failure becomes.
int http_status(const Operation& operation, Failure failure);
int grpc_code(Failure failure);
// Business as usual, though the answer was no.
bool is_refusal(Failure failure);

// Appends the attributes that semantic conventions ask of such a span.
void append_span_attributes(std::vector<model::KeyValue>& out, const SpanFacts& facts,
                            Arena& arena);

// What the language prints when such a fault is not caught.
std::string make_stack_trace(Language language, const Operation& operation, const Fault& fault);

}  // namespace obs::sim
