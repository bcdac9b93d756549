// For tests: records of every kind as lines of obs-record(5), and what a line becomes when it is
// read and written again.

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/codec/ndjson.h"

namespace obs::codec {

inline constexpr Timestamp kReceived = 1'763'806'530'000'000'000;

// What a record's line comes back as: what is left out is what it says nothing about.
inline std::string rewritten(std::string_view line, NdjsonOptions options = {}) {
  NdjsonDecoder decoder(options);
  const auto added = decoder.add_line(line, kReceived);
  if (!added) {
    return std::string(added.error().what) + " at " + std::to_string(added.error().offset);
  }
  std::string out;
  for (const model::Batch& batch : decoder.take()) append_ndjson(out, batch);
  return out.empty() ? out : out.substr(0, out.size() - 1);
}

inline model::Batch decode_one(std::initializer_list<std::string_view> lines) {
  NdjsonDecoder decoder;
  for (const std::string_view line : lines) {
    INFO(line);
    const auto added = decoder.add_line(line, kReceived);
    if (!added) FAIL(added.error().what);
  }
  std::vector<model::Batch> batches = decoder.take();
  REQUIRE(batches.size() == 1);
  return std::move(batches[0]);
}

struct Case {
  std::string_view line;
  std::string_view expected;
};

inline constexpr std::string_view kLog =
    R"({"signal":"log","time":"2026-11-22T10:15:30.123456789Z","service":"checkout",)"
    R"("severity":"error","severity_number":17,"severity_text":"ERR","body":"payment declined",)"
    R"("trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174",)"
    R"("event_name":"e","attributes":{"http.route":"/pay","n":1,"d":1.0,"b":{"$bytes":"AQI="}},)"
    R"("dropped_attributes_count":2,"flags":1,"resource":{"host.name":"web-3"},)"
    R"("resource_schema_url":"rs","resource_dropped_attributes_count":4,)"
    R"("scope":{"name":"lib","version":"2","schema_url":"ss","attributes":{"a":true},)"
    R"("dropped_attributes_count":3},"project":"shop"})";
inline constexpr std::string_view kSpan =
    R"({"signal":"span","time":"2026-11-22T10:15:30.000000000Z","duration_ns":1250000,)"
    R"("service":"checkout","name":"POST /pay","kind":"server","status":"error",)"
    R"("status_message":"declined","trace_id":"5b8efff798038103d269b633813fc60c",)"
    R"("span_id":"eee19b7ec3c1b174","parent_span_id":"eee19b7ec3c1b173","trace_state":"a=b",)"
    R"("events":[{"time":"2026-11-22T10:15:30.000000001Z","name":"x","attributes":{"k":"v"},)"
    R"("dropped_attributes_count":1},{}],"dropped_events_count":5,)"
    R"("links":[{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174",)"
    R"("trace_state":"c=d","attributes":{"k":1},"dropped_attributes_count":6,"flags":7},{}],)"
    R"("dropped_links_count":8,"flags":257})";
inline constexpr std::string_view kHistogram =
    R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","service":"checkout",)"
    R"("name":"http.server.request.duration","type":"histogram","unit":"s","description":"d",)"
    R"("temporality":"cumulative","metadata":{"m":1},"start_time":"2026-11-22T10:00:00.000000000Z",)"
    R"("count":18446744073709551615,"sum":{"$double":"NaN"},"min":0.5,"max":2.0,)"
    R"("bounds":[1.0,{"$double":"Infinity"}],"counts":[1,2,3],"attributes":{"k":"v"},"flags":1,)"
    R"("exemplars":[{"time":"2026-11-22T10:15:29.000000000Z","value":1.5,)"
    R"("trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174",)"
    R"("filtered_attributes":{"f":1}},{"value":2},{}]})";
inline constexpr std::string_view kExponential =
    R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","name":"e",)"
    R"("type":"exponential_histogram","temporality":"delta","count":3,"sum":1.5,"scale":-2,)"
    R"("zero_count":1,"zero_threshold":1e-128,"positive":{"offset":-3,"counts":[1,0,2]},)"
    R"("negative":{"offset":0,"counts":[]}})";
inline constexpr std::string_view kSummary =
    R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","name":"s","type":"summary",)"
    R"("count":3,"sum":1.5,"quantiles":[{"quantile":0.5,"value":1.0}]})";
inline constexpr std::string_view kSum =
    R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","name":"c","type":"sum",)"
    R"("temporality":"cumulative","is_monotonic":true,"value":9007199254740993})";

}  // namespace obs::codec
