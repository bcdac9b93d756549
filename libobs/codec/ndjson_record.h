// Reading one line of obs-record(5) into the batch of its signal. For the codec's own files.

#pragma once

#include <optional>
#include <string_view>

#include "libobs/codec/columns.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/json_value.h"
#include "libobs/codec/ndjson_builder.h"

namespace obs::codec {

// The raw JSON text of a record's `signal`: "log", "span", "metric", quotes included. nullopt for
// others.
std::optional<model::Signal> parse_record_signal(std::string_view raw);

// The batches that a decoder fills.
class Builders {
 public:
  virtual ~Builders() = default;
  // The one that the last record of that signal went to.
  virtual BatchBuilder& recent(model::Signal signal) = 0;
  // An empty name is the default project.
  virtual BatchBuilder& of_project(model::Signal signal, std::string_view project) = 0;
};

// What a line is read with.
struct LineReader {
  JsonReader& json;
  JsonValues& values;  // In the record spelling.
  Builders& builders;
  bool trusted = true;  // `project`, `observed_time` and `time_source` count.
  Timestamp received = 0;
};

// Reads the object that is next, to the end of the document, and keeps the record. The builder that
// got it; nullptr, with the reader saying why, when it is none, and then nothing is kept.
BatchBuilder* read_record(LineReader& line, model::Signal signal);

// The keys of a record at its top level, of all signals together.
enum class RecordField {
  kNone,
  // Every signal.
  kTime,
  kTimeSource,
  kObservedTime,
  kService,
  kResource,
  kResourceSchemaUrl,
  kResourceDropped,
  kEntityRefs,
  kScope,
  kProject,
  kAttributes,
  kDropped,
  kFlags,
  kTraceId,
  kSpanId,
  kName,
  kError,
  // Logs.
  kSeverity,
  kSeverityNumber,
  kSeverityText,
  kBody,
  kEventName,
  // Spans.
  kDuration,
  kKind,
  kStatus,
  kStatusMessage,
  kParentSpanId,
  kTraceState,
  kEvents,
  kDroppedEvents,
  kLinks,
  kDroppedLinks,
  // Metrics.
  kType,
  kUnit,
  kDescription,
  kTemporality,
  kIsMonotonic,
  kMetadata,
  kStartTime,
  kValue,
  kExemplars,
  kCount,
  kSum,
  kMin,
  kMax,
  kBounds,
  kCounts,
  kScale,
  kZeroCount,
  kZeroThreshold,
  kPositive,
  kNegative,
  kQuantiles
};

// What records of all signals begin with.
struct RecordHead {
  Timestamp time = 0;
  std::string_view time_source;
  Timestamp observed_time = 0;
  std::string_view project;
  RawContext context;
  std::string_view error;  // What a stage of a program said of it: obs-pipeline(7).

  // Reads the value of the field that is next; skips one that is not the head's.
  void read(LineReader& line, const BatchBuilder& recent, RecordField field);
  RecordTime record_time(Timestamp received) const;
  // The record's attributes, with the error as one of them, `_error`, when there is one.
  model::Attributes with_error(Arena& arena, model::Attributes attributes) const;
};

// One signal's records: read() takes the value that is next, keep() puts the whole into a batch.
class RecordLine {
 public:
  virtual ~RecordLine() = default;
  virtual void read(RecordField field) = 0;
  virtual BatchBuilder* keep() = 0;
};

// Reads a line's members into `record`.
BatchBuilder* read_record_line(LineReader& line, RecordLine& record);

BatchBuilder* read_log(LineReader& line);
BatchBuilder* read_span(LineReader& line);
BatchBuilder* read_metric(LineReader& line);

}  // namespace obs::codec
