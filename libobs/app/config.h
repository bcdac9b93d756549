// The files that --config names: the part of TOML that options need.
//
//   # obs-store.toml
//   from = "redis://127.0.0.1:6379/0?stream=obs"
//   flush-rows = 250_000
//   strict = true
//   to = ["dir:./data", "redis://127.0.0.1/0?stream=copy"]
//   [sub-command]
//   limit = 10
//
// Keys are long option names. Values are strings (basic or literal, on one line), numbers,
// booleans, and arrays of these over any number of lines. What else TOML knows (dates, inline
// tables, multi-line strings, arrays of tables) says nothing an option could hold and is refused.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::app {

struct ConfigEntry {
  std::vector<std::string> tables;  // [a.b] is {"a", "b"}.
  std::string key;
  std::vector<std::string> values;  // One, or the items of an array; without quotes.
  std::size_t line = 0;             // Counted from 1.
};

// Pure. kMalformed names the line. A key given twice is refused.
Result<std::vector<ConfigEntry>> parse_config(std::string_view text);

}  // namespace obs::app
