// Zipkin's v2 spans to batches, in JSON and in protobuf.
//
// The local endpoint's service is service.name of the resource, as are tags that OpenTelemetry has
// for resources (service.*, telemetry.*, host.*, k8s.*…): its exporter writes them among the tags.
// Other tags are attributes; `error` is a status of error with its text, otel.status_code and its
// description a status, otel.scope.* the scope. Annotations are events. The remote endpoint is
// peer.service, network.peer.address and network.peer.port, the local one's address
// network.local.*. Ids shorter than they may be are padded with zeros in front; both spans of a
// shared id keep it, and the server's has zipkin.shared.
//
// A request that is not well-formed fails whole. A span that cannot be kept (an id that is none, a
// time beyond 2262) is left out and told in `rejected`; its neighbours stay. Pure.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

Result<Decoded, ParseError> decode_zipkin_json(std::string_view request, Timestamp received);
// The request is taken over: the batch's text lies in it.
Result<Decoded, ParseError> decode_zipkin_protobuf(std::string&& request, Timestamp received);

}  // namespace obs::codec
