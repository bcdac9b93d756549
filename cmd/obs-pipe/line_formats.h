// Output of a line for a line: for people, logfmt, text, OTLP.

#pragma once

#include <memory>
#include <string_view>

#include "libobs/lang/pretty.h"
#include "libobs/tui/line_output.h"

namespace obs::pipe {

// "pretty": log lines for people. "logfmt": the members as pairs, those of objects by dotted names.
// "text": the message alone. "otlp": an export request in JSON for what comes at once, one a
// signal. A line that is no JSON object passes as it is, or is a log's body. nullptr for other
// formats.
std::unique_ptr<tui::OutputFormat> make_line_format(std::string_view format,
                                                    const lang::PrettyOptions& pretty);

}  // namespace obs::pipe
