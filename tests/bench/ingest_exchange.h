// One connection to a server, and the one request that is under way on it.

#pragma once

#include <cstdint>
#include <memory>

#include "tests/bench/ingest_request.h"

namespace obs::bench {

struct Answer {
  int status = 0;          // In HTTP's words; 0: the connection ended before it came.
  bool says_when = false;  // Retry-After, or a RetryInfo.
  bool keeps_alive = true;
};

class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual int fd() const = 0;
  // The request with this number, from its beginning.
  virtual void begin(std::uint64_t number) = 0;
  // Sends and receives what it can without waiting. True when the answer is there.
  virtual bool advance(Answer& answer) = 0;
};

// Connects to loopback; `request` outlives it. Throws std::runtime_error when nobody listens.
std::unique_ptr<Exchange> open_exchange(const IngestRequest& request, int port);

}  // namespace obs::bench
