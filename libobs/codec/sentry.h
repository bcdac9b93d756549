// Envelopes of Sentry's SDKs, and the bare events of older ones, to batches.
//
// An event is a log record, `exception` when it has one; a transaction and its spans are spans, its
// Web Vitals events `browser.web_vital`; sessions are events session.start, session.update and
// session.end; log, span, metric and user feedback items are what they say. Attachments, replays,
// profiles and items of unknown types are passed over. Pure.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

struct SentryEnvelope {
  std::vector<Decoded> parts;
  std::string event_id;  // 32 hex digits; empty when the envelope names none.
};

// Items that are not well-formed are left out and told in the `rejected` of a part; only an
// envelope whose own header, or an item's header, cannot be read fails whole. `project` is that of
// the path, for a service that no one names.
Result<SentryEnvelope, ParseError> decode_sentry_envelope(std::string_view body,
                                                          std::string_view project,
                                                          Timestamp received);
// One event, as /api/PROJECT/store/ takes it.
Result<SentryEnvelope, ParseError> decode_sentry_event(std::string_view body,
                                                       std::string_view project,
                                                       Timestamp received);

// The public key of a DSN: "https://KEY@host/1"; empty when there is none.
std::string_view find_dsn_key(std::string_view dsn);
// The DSN of an envelope's header, which is its first line; empty when there is none.
std::string find_envelope_dsn(std::string_view body);

}  // namespace obs::codec
