// The parts of a record that obs-record(5) spells as objects and arrays, appended as JSON: for the
// ndjson encoder, and for whoever stores such a part as text.
//
// Absent is left out; doubles, bytes and keys are in the record spelling of json.h.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"

namespace obs::codec {

// The attribute that becomes a record's `service`: the first service.name that is a string, which
// may be empty. nullptr when there is none.
const model::KeyValue* find_service_attribute(model::Attributes attributes);

// The attributes without the one that find_service_attribute() finds.
void append_record_resource(std::string& out, const model::Resource& resource);
// Whether append_record_resource() would write more than {}.
bool has_record_resource(const model::Resource& resource);

void append_record_scope(std::string& out, const model::Scope& scope);
// Whether append_record_scope() would write more than {}.
bool has_record_scope(const model::Scope& scope);

void append_record_events(std::string& out, std::span<const model::SpanEvent> events);
void append_record_links(std::string& out, std::span<const model::SpanLink> links);
void append_record_buckets(std::string& out, const model::BucketRun& run);
void append_record_quantiles(std::string& out, std::span<const model::Quantile> quantiles);
void append_record_exemplars(std::string& out, std::span<const model::Exemplar> exemplars);
void append_record_bounds(std::string& out, std::span<const double> bounds);
void append_record_counts(std::string& out, std::span<const std::uint64_t> counts);

}  // namespace obs::codec
