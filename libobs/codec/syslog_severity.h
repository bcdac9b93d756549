// Syslog's severities, which the journal has too, as OpenTelemetry's data model maps them. For the
// codec's own files.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace obs::codec {

struct SyslogSeverity {
  std::int32_t number;    // OTLP's severity_number.
  std::string_view text;  // As syslog.conf has it.
};

inline constexpr std::array<SyslogSeverity, 8> kSyslogSeverities = {{{21, "emerg"},
                                                                     {19, "alert"},
                                                                     {18, "crit"},
                                                                     {17, "err"},
                                                                     {13, "warning"},
                                                                     {10, "notice"},
                                                                     {9, "info"},
                                                                     {5, "debug"}}};

}  // namespace obs::codec
