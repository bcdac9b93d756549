// Loki's push requests to batches: JSON, in its present form and that of /api/prom/push, and
// protobuf.
//
// A stream's labels are the attributes of a resource, under their own names but for those that are
// OTLP's with the dots taken out (service_name is service.name, k8s_pod_name k8s.pod.name), which
// get them back. A stream without service_name gets the service that Loki would find for it.
// Structured metadata are attributes of the record; trace_id and span_id become its ids, and level,
// severity and detected_level of metadata or stream its severity.
//
// A request that is not well-formed fails whole. An entry that cannot be kept (labels that are no
// labels, a time that is none) is left out and told in `rejected`; its neighbours stay. Pure.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

Result<Decoded, ParseError> decode_loki_json(std::string_view request, Timestamp received);
// The request, inflated, is taken over: the batch's text lies in it.
Result<Decoded, ParseError> decode_loki_protobuf(std::string&& request, Timestamp received);

}  // namespace obs::codec
