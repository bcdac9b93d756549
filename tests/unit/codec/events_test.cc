// Sentry, Faro and our own beacons: what becomes of their events.

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "libobs/codec/faro.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/rum.h"
#include "libobs/codec/sentry.h"

using namespace obs;
using namespace obs::codec;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kNow = 1'763'806'600'000'000'000;

// Every record as a line.
std::string lines(const std::vector<Decoded>& parts) {
  std::string out;
  for (const Decoded& part : parts) append_ndjson(out, part.batch);
  return out;
}

std::string sentry(std::string_view body) {
  const auto envelope = decode_sentry_envelope(body, "42", kNow);
  return envelope ? lines(envelope->parts)
                  : std::string("malformed: ") + std::string(envelope.error().what);
}

std::string faro(std::string_view body) {
  const auto parts = decode_faro(body, kNow);
  return parts ? lines(*parts) : std::string("malformed: ") + std::string(parts.error().what);
}

std::string rum(std::string_view body) {
  const auto parts = decode_rum(body, kNow);
  return parts ? lines(*parts) : std::string("malformed: ") + std::string(parts.error().what);
}

constexpr const char* kEvent =
    R"({"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","timestamp":1763806599.5,"level":"fatal",)"
    R"("release":"shop@1.2.3","environment":"prod","platform":"javascript",)"
    R"("sdk":{"name":"sentry.javascript.node","version":"11.12.0"},)"
    R"("exception":{"values":[{"type":"TypeError","value":"x is undefined",)"
    R"("mechanism":{"type":"onerror","handled":false},)"
    R"("stacktrace":{"frames":[{"filename":"a.js","function":"outer","lineno":1,"colno":2},)"
    R"({"filename":"b.js","function":"inner","lineno":3,"colno":4}]}}]},)"
    R"("contexts":{"trace":{"trace_id":"0102030405060708090a0b0c0d0e0f10",)"
    R"("span_id":"0102030405060708"},"os":{"name":"Linux"}},)"
    R"("user":{"id":"7","ip_address":"10.0.0.1"},"tags":{"region":"eu"}})";

}  // namespace

TEST_CASE("an event of Sentry is an exception with its stack", "[codec][sentry]") {
  const std::string out = sentry(std::string(R"({"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"})") +
                                 "\n{\"type\":\"event\"}\n" + kEvent + "\n");
  CHECK_THAT(out, Contains(R"("event_name":"exception")"));
  CHECK_THAT(out, Contains(R"("time":"2025-11-22T10:16:39.500000000Z")"));
  CHECK_THAT(out, Contains(R"("severity":"fatal")") && Contains(R"("service":"shop")"));
  CHECK_THAT(out, Contains(R"("service.version":"1.2.3")") &&
                      Contains(R"("deployment.environment.name":"prod")"));
  CHECK_THAT(out, Contains(R"("body":"TypeError: x is undefined")"));
  CHECK_THAT(out, Contains(R"(x is undefined\n    at inner (b.js:3:4)\n    at outer (a.js:1:2))"));
  CHECK_THAT(out, Contains(R"("trace_id":"0102030405060708090a0b0c0d0e0f10")"));
  CHECK_THAT(out, Contains(R"("sentry.tag.region":"eu")") && Contains(R"("client.address")"));
}

TEST_CASE("a transaction is spans, and its vitals are events", "[codec][sentry]") {
  const std::string out = sentry(
      "{}\n{\"type\":\"transaction\"}\n"
      R"({"type":"transaction","transaction":"/cart","start_timestamp":1763806599,)"
      R"("timestamp":1763806600.25,"contexts":{"trace":{"op":"pageload","status":"ok",)"
      R"("trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708"}},)"
      R"("measurements":{"lcp":{"value":1234.5,"unit":"millisecond"},"other":{"value":1}},)"
      R"("spans":[{"trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"1102030405060708",)"
      R"("parent_span_id":"0102030405060708","op":"http.client","description":"GET /a",)"
      R"("start_timestamp":1763806599.1,"timestamp":1763806599.2,"status":"internal_error"},)"
      R"({"op":"no ids"}]})");
  CHECK_THAT(out, Contains(R"("name":"/cart")") && Contains(R"("duration_ns":1250000000)"));
  CHECK_THAT(out, Contains(R"("name":"GET /a")") && Contains(R"("kind":"client")") &&
                      Contains(R"("status_message":"internal_error")"));
  CHECK_THAT(out, Contains(R"("browser.web_vital.name":"LCP","browser.web_vital.value":1234.5)"));
  CHECK(std::count(out.begin(), out.end(), '\n') == 3);
}

TEST_CASE("items are found by their length, and what is unknown is passed over",
          "[codec][sentry]") {
  const std::string attachment = "{\"type\":\"attachment\",\"length\":5}\n\n{\"}\n\n";
  const std::string log =
      "{\"type\":\"log\",\"item_count\":1,\"content_type\":\"x\"}\n"
      R"({"items":[{"timestamp":1763806599,"level":"warn","body":"low",)"
      R"("trace_id":"0102030405060708090a0b0c0d0e0f10",)"
      R"("attributes":{"left":{"value":3,"type":"integer"}}}]})";
  const std::string out = sentry("{}\n" + attachment + "\n\n" + log);
  CHECK_THAT(out, Contains(R"("body":"low")") && Contains(R"("left":3)") &&
                      Contains(R"("severity":"warn")") && Contains(R"("service":"sentry-42")"));
  CHECK(std::count(out.begin(), out.end(), '\n') == 1);
}

TEST_CASE("sessions begin and end", "[codec][sentry]") {
  const std::string out = sentry(
      "{}\n{\"type\":\"session\"}\n"
      R"({"sid":"s1","init":true,"status":"ok","timestamp":"2025-11-22T10:16:39Z",)"
      R"("attrs":{"release":"shop@1","environment":"prod"}})"
      "\n{\"type\":\"session\"}\n"
      R"({"sid":"s1","status":"crashed","timestamp":"2025-11-22T10:17:39Z"})"
      "\n{\"type\":\"sessions\"}\n"
      R"({"aggregates":[{"started":"2025-11-22T10:16:00Z","exited":5,"crashed":1}]})");
  CHECK_THAT(out, Contains(R"("event_name":"session.start")") &&
                      Contains(R"("event_name":"session.end")") &&
                      Contains(R"("session.status":"crashed")") &&
                      Contains(R"("session.crashed":1)"));
}

TEST_CASE("metrics of Sentry are points, and what each observation differs in is its exemplar",
          "[codec][sentry]") {
  const auto metric = [](std::string_view type, std::string_view value) {
    return std::string(
               R"({"timestamp":1763806599.5,"trace_id":"0102030405060708090a0b0c0d0e0f10",)"
               R"("span_id":"0102030405060708","name":"cart.size","unit":"item","type":")") +
           std::string(type) + R"(","value":)" + std::string(value) +
           R"(,"attributes":{"region":{"value":"eu","type":"string"},)"
           R"("user.id":{"value":"7","type":"string"},)"
           R"("sentry.release":{"value":"shop@1.2.3","type":"string"},)"
           R"("sentry.timestamp.sequence":{"value":3,"type":"integer"}}})";
  };
  const auto send = [](const std::string& items) {
    return sentry("{}\n{\"type\":\"trace_metric\"}\n{\"version\":2,\"items\":[" + items + "]}\n");
  };
  const std::string counter = send(metric("counter", "3"));
  CHECK_THAT(counter, Contains(R"("service":"shop")") && Contains(R"("type":"sum")") &&
                          Contains(R"("temporality":"delta")") && Contains(R"("value":3)") &&
                          Contains(R"("is_monotonic":true)") && Contains(R"("unit":"item")"));
  CHECK_THAT(counter, Contains(R"("attributes":{"region":"eu"})"));
  CHECK_THAT(counter, Contains(R"("trace_id":"0102030405060708090a0b0c0d0e0f10")") &&
                          Contains(R"("filtered_attributes":{"user.id":"7",)") &&
                          Contains(R"("sentry.timestamp.sequence":3)"));
  CHECK_THAT(send(metric("gauge", "1.5")),
             Contains(R"("type":"gauge")") && Contains(R"("value":1.5)"));

  struct Case {
    const char* value;
    const char* told;
  };
  for (const Case& one :
       {Case{"8", R"("positive":{"offset":95,"counts":[1]})"},
        Case{"8.1", R"("positive":{"offset":96,"counts":[1]})"}, Case{"0", R"("zero_count":1)"},
        Case{"-8", R"("negative":{"offset":95,"counts":[1]})"}}) {
    const std::string out = send(metric("distribution", one.value));
    CHECK_THAT(out, Contains(R"("type":"exponential_histogram")") && Contains(R"("count":1)") &&
                        Contains(R"("scale":5)") && Contains(one.told));
  }

  const auto envelope =
      decode_sentry_envelope("{}\n{\"type\":\"trace_metric\"}\n{\"items\":[" + metric("set", "3") +
                                 "," + metric("counter", "\"3\"") + "," + metric("counter", "1") +
                                 "," + metric("counter", "2") + "]}\n",
                             "42", kNow);
  REQUIRE(envelope);
  REQUIRE(envelope->parts.size() == 1);
  CHECK(envelope->parts[0].rejected.count == 2);
  CHECK(envelope->parts[0].batch.size() == 2);
  CHECK(envelope->parts[0].batch.metrics.metrics.size() == 1);
}

TEST_CASE("an envelope that cannot be read is refused, a bad item is only left out",
          "[codec][sentry]") {
  CHECK_THAT(sentry("nonsense"), Contains("malformed"));
  CHECK_THAT(sentry(""), Contains("malformed"));
  CHECK_THAT(sentry("{}\n[1]\n{}"), Contains("expected an object"));
  CHECK_THAT(sentry("{}\n{\"type\":\"event\",\"length\":99}\n{}"), Contains("beyond the end"));
  CHECK_THAT(sentry("{}\n{\"type\":\"event\",\"length\":-1}\n{}"), Contains("beyond the end"));
  const std::string two = std::string("{}\n{\"type\":\"event\"}\nnonsense\n{\"type\":\"event\"}\n");
  const auto envelope = decode_sentry_envelope(two + kEvent, "1", kNow);
  REQUIRE(envelope);
  REQUIRE(envelope->parts.size() == 1);
  CHECK(envelope->parts[0].batch.size() == 1);
  CHECK(envelope->parts[0].rejected.count == 1);
}

TEST_CASE("a DSN has its key where browsers have the user", "[codec][sentry]") {
  CHECK(find_dsn_key("https://abc@host/1") == "abc");
  CHECK(find_dsn_key("https://abc:secret@host/1") == "abc");
  CHECK(find_dsn_key("https://host/1").empty());
  CHECK(find_envelope_dsn("{\"dsn\":\"http://k@h/1\"}\n{}") == "http://k@h/1");
  CHECK(find_envelope_dsn("nonsense").empty());
}

TEST_CASE("what Faro sends becomes logs, exceptions, vitals, events and spans", "[codec][faro]") {
  const std::string out = faro(
      R"({"meta":{"sdk":{"version":"2.1.0"},"app":{"name":"shop","version":"1.2","environment":"prod"},)"
      R"("session":{"id":"s1","attributes":{"isSampled":"true"}},"user":{"id":"7"},)"
      R"("page":{"url":"https://shop/cart"},"browser":{"name":"Chrome","mobile":false},)"
      R"("view":{"name":"cart"}},)"
      R"("logs":[{"timestamp":"2025-11-22T10:16:39.5Z","level":"log","message":"hello","context":{"a":"b"}}],)"
      R"("exceptions":[{"timestamp":"2025-11-22T10:16:39.5Z","type":"Error","value":"no",)"
      R"("stacktrace":{"frames":[{"filename":"a.js","function":"f","lineno":1,"colno":2}]}}],)"
      R"("measurements":[{"timestamp":"2025-11-22T10:16:39.5Z","type":"web-vitals",)"
      R"("values":{"lcp":1200.5,"time_to_first_byte":90},"context":{"rating":"good"}},)"
      R"({"type":"custom","values":{"size":3}}],)"
      R"("events":[{"name":"session_start","domain":"browser","timestamp":"2025-11-22T10:16:39.5Z"}],)"
      R"("traces":{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET","traceId":)"
      R"("0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708",)"
      R"("startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}})");
  CHECK(std::count(out.begin(), out.end(), '\n') == 6);
  CHECK_THAT(out, Contains(R"("body":"hello")") && Contains(R"("severity":"info")") &&
                      Contains(R"("session.id":"s1")") &&
                      Contains(R"("user_agent.name":"Chrome")"));
  CHECK_THAT(out, Contains(R"("body":"Error: no")") && Contains(R"(at f (a.js:1:2))"));
  CHECK_THAT(out, Contains(R"("browser.web_vital.name":"LCP","browser.web_vital.value":1200.5)") &&
                      Contains(R"("browser.web_vital.rating":"good")") &&
                      Contains(R"("browser.web_vital.time_to_first_byte":90)"));
  CHECK_THAT(out, Contains(R"("event_name":"faro.measurement")") && Contains(R"("size":3)"));
  CHECK_THAT(out, Contains(R"("event_name":"session.start")"));
  CHECK_THAT(out, Contains(R"("name":"GET")"));
  CHECK_THAT(faro("[]"), Contains("expected an object"));
  CHECK(faro("{}").empty());
}

TEST_CASE("a beacon's events carry what the beacon says of all", "[codec][rum]") {
  const std::string out = rum(
      R"({"sdk":{"name":"obs-rum","version":"1"},"app":{"name":"shop"},"session":{"id":"s"},)"
      R"("page":{"id":"p","url":"https://shop/"},"events":[)"
      R"({"type":"page_view","time":1763806599500,"url":"https://shop/cart"},)"
      R"({"type":"click","time":1763806599500,"target":"button#buy"},)"
      R"({"type":"error","time":1763806599500,"error_type":"TypeError","message":"x","stack":"at f"},)"
      R"({"type":"vital","time":1763806599500,"name":"CLS","value":0,"rating":"good"},)"
      R"({"type":"resource","time":1763806599500,"url":"https://cdn/a.mp4","initiator":"video","duration":12.5},)"
      R"({"type":"custom","name":"checkout","attributes":{"items":3}}]})");
  CHECK(std::count(out.begin(), out.end(), '\n') == 6);
  CHECK_THAT(out, Contains(R"("url.full":"https://shop/cart")") &&
                      Contains(R"("url.full":"https://shop/")"));
  CHECK_THAT(out, Contains(R"("time":"2025-11-22T10:16:39.500000000Z")"));
  CHECK_THAT(out, Contains(R"("event_name":"browser.user_action.click")") &&
                      Contains(R"("browser.element.selector":"button#buy")"));
  CHECK_THAT(out, Contains(R"("exception.stacktrace":"at f")"));
  CHECK_THAT(out, Contains(R"("browser.web_vital.value":0.0)"));
  CHECK_THAT(out, Contains(R"("browser.resource.initiator_type":"video")"));
  CHECK_THAT(out, Contains(R"("event_name":"checkout")") && Contains(R"("items":3)") &&
                      Contains(R"("time_source":"received")"));
}

TEST_CASE("a beacon's bad events are told and its good ones kept", "[codec][rum]") {
  const auto parts = decode_rum(
      R"({"events":[{"type":"magic"},{"type":"click"},{"type":"custom","name":""},)"
      R"({"type":"vital","name":"LCP","value":"fast"},7,{"type":"custom","name":"ok"}]})",
      kNow);
  REQUIRE(parts);
  REQUIRE(parts->size() == 1);
  CHECK(parts->front().batch.size() == 1);
  CHECK(parts->front().rejected.count == 5);
  CHECK_THAT(rum("{}"), Contains("\"events\""));
  CHECK_THAT(rum("{\"events\":[}"), Contains("malformed"));
}
