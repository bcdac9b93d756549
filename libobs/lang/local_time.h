// Times in the zone of the process, which is that of TZ.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/clock.h"

namespace obs::lang {

// How far local clocks were ahead of UTC at that time. Any thread.
Duration utc_offset(Timestamp time);

// Appends lines of JSON objects, their times (`time`, `start_time`, `observed_time`) as local ones:
// 2026-11-22T11:15:30.123+01:00.
void append_local_lines(std::string& out, std::string_view lines);

}  // namespace obs::lang
