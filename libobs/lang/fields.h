// Names of fields: which words are record fields, their aliases, and how a name in a program
// becomes a FieldRef.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "libobs/lang/ast.h"

namespace obs::lang {

// A field of the record itself (obs-record(5)), of any signal, or one computed from it.
enum class RecordField : std::uint8_t {
  kSignal,
  kTime,
  kObservedTime,
  kService,
  kSeverity,  // By number: compares with severity words.
  kSeverityNumber,
  kSeverityText,
  kBody,
  kEventName,
  kTraceId,
  kSpanId,
  kParentSpanId,
  kName,
  kKind,
  kStatus,
  kStatusMessage,
  kDurationNs,
  kTraceState,
  kFlags,
  kType,
  kUnit,
  kTemporality,
  kStartTime,
  kValue,
  kCount,
  kSum,
  kMin,
  kMax,
  kScope,
  kAttributes,
  kResource,
  kEvents,
  kLinks,
  kProject,
  kSeq,
  kError,       // `_error`: set by a stage that could not do its work on this record.
  kDuration,    // Virtual: duration_ns as a duration.
  kDurationMs,  // Virtual: milliseconds as a number.
  kDate,        // Virtual: the UTC day of `time`.
  kAge,         // Virtual: now minus `time`.
};

// The record field of that name, aliases (level, msg, ts, …) included; nullopt for any other name,
// which is an attribute.
std::optional<RecordField> find_record_field(std::string_view name);
// Its name in obs-record(5), such as "severity".
std::string_view to_string(RecordField field);
// All names and aliases, for suggestions and the manual.
std::span<const std::string_view> record_field_names();

// "attributes.http.route" has root kAttributes and name "http.route"; "level" becomes "severity". A
// quoted name (backticks) is taken as it stands.
FieldRef resolve_name(std::string_view name, bool quoted);

// The field as a program writes it, with backticks where it needs them.
std::string to_string(const FieldRef& field);

}  // namespace obs::lang
