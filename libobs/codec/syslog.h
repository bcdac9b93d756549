// Syslog messages, RFC 5424 and 3164, as log records.
//
// Nothing is refused: what is no syslog is the body of a record without more. The severity becomes
// OTLP's, the host host.name and the application service.name of the resource, a number for a
// process process.pid; the facility is syslog.facility, the message's kind syslog.msg_id, and each
// parameter of structured data an attribute ID.NAME. BSD times carry neither year nor zone: the
// year is the one that brings them nearest to `received`, the zone the caller's.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/model/batch.h"

namespace obs::codec {

struct SyslogArrival {
  Timestamp received = 0;
  Duration utc_offset = 0;  // Of BSD times, east of Greenwich.
  std::string_view peer;    // The sender's address, for messages that name no host.
};

// Messages in, a batch out. Not thread-safe.
class SyslogDecoder {
 public:
  SyslogDecoder();
  ~SyslogDecoder();

  // Adds one message, without its framing. Blank ones are nothing.
  void add(std::string_view message, const SyslogArrival& arrival);

  std::size_t size() const;
  std::size_t bytes() const;  // About, of what was gathered.

  // Hands over what was gathered, without an id, and starts anew.
  model::Batch take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obs::codec
