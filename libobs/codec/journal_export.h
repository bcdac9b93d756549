// The systemd journal's export format (journalctl -o export, systemd-journal-upload) to log
// records.
//
//   entry := field* LF      field := NAME '=' text LF | NAME LF length(u64, little-endian) bytes LF
//
// MESSAGE is the body and PRIORITY the severity; the time is the sender's own
// (_SOURCE_REALTIME_TIMESTAMP), else the journal's. SYSLOG_IDENTIFIER, else the unit or the
// program, is service.name, _HOSTNAME host.name and _MACHINE_ID host.id of the resource; _PID is
// process.pid, CODE_FILE, CODE_LINE and CODE_FUNC are code.*, TRACE_ID and SPAN_ID the record's
// ids. Every other field is an attribute under its own name; one that is not UTF-8 is bytes.
//
// Pure. Fails whole where a field is none or runs past the end; the last entry needs no empty line.

#pragma once

#include <cstddef>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

Result<Decoded, ParseError> decode_journal_export(std::string_view input, Timestamp received);

}  // namespace obs::codec
