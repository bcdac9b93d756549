// One syslog message taken apart. For the codec's own files.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/clock.h"
#include "libobs/model/value.h"

namespace obs::codec {

struct SyslogMessage {
  int priority = -1;  // 0 to 191; -1: the message has none.
  std::optional<Timestamp> time;
  std::string_view host;
  std::string_view application;
  std::string_view process;
  std::string_view message_id;
  std::string_view body;
  // Structured data, as attributes ID.NAME.
  std::vector<model::KeyValue> parameters;

  void clear();
};

// Takes a message apart. `text` is UTF-8 and lives as long as the arena, which gets what is written
// otherwise than it is meant. Always succeeds: what cannot be understood is body.
void parse_syslog(std::string_view text, Timestamp received, Duration utc_offset, Arena& arena,
                  SyslogMessage& out);

}  // namespace obs::codec
