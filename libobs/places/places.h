// Places: the addresses that every --from and --to takes, and what opens behind them.
//
//   -   file:PATH   dir:PATH   redis://[user@]HOST:PORT/DB?stream=NAME&group=NAME

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

struct Address {
  std::string scheme;  // "-", "file", "dir", "redis", "rediss", …
  std::string path;    // For file: and dir:.
  std::string user, password, host;
  int port = 0;
  std::string database;                        // What follows the host's slash.
  std::map<std::string, std::string> options;  // The query.
  std::string text;                            // As given, without a password: for messages.
};

// kInvalidArgument says what is wrong and lists what would be right.
Result<Address> parse_address(std::string_view text);

struct OpenContext {
  Registry& registry;   // Where the place counts itself.
  std::string program;  // "obs-ingest", for lock files and consumer names.
  bool follow = false;  // Sources: wait for more at the end of a file.
};

Result<std::unique_ptr<pipeline::Sink>> open_sink(const Address& address, OpenContext context);
Result<std::unique_ptr<pipeline::Source>> open_source(const Address& address, OpenContext context);

}  // namespace obs::places
