// Places: the addresses that every --from and --to takes, and what opens behind them.
//
//   -                                                   ndjson on stdin or stdout
//   file:PATH[?sync=1]                                  ndjson in a file
//   dir:PATH                                            the embedded store
//   redis://[USER@]HOST[:PORT][/DB]?stream=NAME&group=NAME   Redis Streams; rediss:// with TLS
//   otlphttp://HOST[:PORT]                              forward; otlphttps:// with TLS
//   null:                                               nowhere: what is written is gone
//
// What an option takes may be percent-encoded; so must `?` and `%` in a path.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/sink.h"
#include "libobs/store/writer.h"

namespace obs::places {

struct Address {
  std::string scheme;  // "-", "file", "dir", "redis", "rediss", "otlphttp", "otlphttps", "null".
  std::string path;    // For file: and dir:; for otlphttp: what stands before /v1/logs.
  std::string user, password, host;
  int port = 0;
  std::string database;                        // What follows the host's slash of redis:.
  std::map<std::string, std::string> options;  // The query.
  std::string text;                            // As given, without a password: for messages.

  // The option's value, or `fallback` when it was not given.
  std::string option(const std::string& name, std::string_view fallback = {}) const;
};

// kInvalidArgument says what is wrong and lists what would be right. Unknown options are refused.
Result<Address> parse_address(std::string_view text);

struct OpenContext {
  Registry& registry;   // Where the place counts itself. Outlives it.
  std::string program;  // "obs-ingest", for lock files and consumer names.
  bool follow = false;  // Sources: wait for more at the end of a file.
  bool strict = false;  // Sources of lines: a line that is no JSON is bad, not a body.
  // What people should know though it stops nothing: a bad line, a peer that went away. Any thread.
  std::function<void(std::string_view)> warn = {};
  // Told when the peer of a source comes or goes. Any thread.
  std::function<void(pipeline::Health)> health = {};
  store::WriterOptions store = {};  // For dir:.
};

// Opens lazily what is beyond a network: a peer that is down now shows in health() and may come
// back. What is wrong in itself (a directory that is no store, an option that makes no sense) fails
// here.
Result<std::unique_ptr<pipeline::Sink>> open_sink(const Address& address, OpenContext context);
Result<std::unique_ptr<pipeline::Source>> open_source(const Address& address, OpenContext context);

}  // namespace obs::places
