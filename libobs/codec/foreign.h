// Log lines that other programs wrote: which of their members are what OTLP calls time, severity,
// body, service and trace. The conventions are those of pino, winston, bunyan, zap, logrus,
// zerolog, structlog and the Elastic Common Schema; obs-record(5) has the table.

#pragma once

#include <string_view>

#include "libobs/base/arena.h"
#include "libobs/codec/columns.h"
#include "libobs/model/value.h"

namespace obs::codec {

struct ForeignLog {
  LogRow row;                // `scope` is the caller's to set.
  std::string_view service;  // Empty when the line names none.
};

// Nothing is lost: what is not recognised, or has a value that does not fit its meaning, is an
// attribute under its own key. `members` are the line's, in their order.
ForeignLog to_foreign_log(model::Attributes members, Arena& arena, Timestamp received);

// Whether the members say that a line is a log message of another program, whatever else it has.
bool has_foreign_message(model::Attributes members);

// A line that is no JSON: all of it is the body.
ForeignLog to_text_log(std::string_view line, Timestamp received);

}  // namespace obs::codec
