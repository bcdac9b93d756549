// A load for a server: requests over keep-alive connections, one at a time on each, by one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "libobs/base/clock.h"
#include "tests/bench/ingest_request.h"

namespace obs::bench {

struct Load {
  int port = 0;
  std::size_t connections = 4;
  std::size_t requests = 0;  // Ends after so many were accepted, or, when 0,
  Duration time = 0;         // after so long.
  // Requests a second, whether or not the server keeps up: one that finds no connection idle waits
  // for one, and its latency counts from when it was due. 0: as fast as answers come.
  double rate = 0;
  // What was refused is sent again after a pause; else it is lost, as other load is behind it.
  bool retry = true;
  std::function<void()> sample = {};  // Called some twenty times a second.
};

struct LoadResult {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;      // 429, 503; RESOURCE_EXHAUSTED, UNAVAILABLE.
  std::uint64_t unannounced = 0;  // Of these: without a word of when to come again.
  std::uint64_t other = 0;        // Any other status.
  std::uint64_t unsent = 0;       // Due, and not sent for want of a connection.
  std::uint64_t closed = 0;       // Connections that the server ended.
  double seconds = 0;
  std::vector<Duration> latencies;  // Of what was accepted, sorted.

  double rate() const { return static_cast<double>(accepted) / seconds; }
  // The latency that `share` of the requests did not exceed, in milliseconds.
  double milliseconds(double share) const;
};

// Throws std::runtime_error when nobody listens.
LoadResult run_load(const IngestRequest& request, const Load& load);

}  // namespace obs::bench
