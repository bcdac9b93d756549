// What Grafana's Faro sends from browsers, to batches: logs, exceptions, measurements and events as
// log records, its traces as spans.
//
// The app, the browser and the SDK are attributes of the resource; session, user, page and view are
// attributes of each record. An exception is the event `exception`, each Web Vital an event
// `browser.web_vital`; Faro's own events keep their names, but for those of sessions and of
// resource and navigation timing, which are called as OpenTelemetry calls them. Pure.

#pragma once

#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

// A request that is not well-formed fails whole.
Result<std::vector<Decoded>, ParseError> decode_faro(std::string_view request, Timestamp received);

}  // namespace obs::codec
