// The spelling of obs-record(5): what lines come back as, and which are refused.

#include <fstream>
#include <sstream>

#include "libobs/base/text.h"
#include "tests/unit/codec/ndjson_lines.h"

namespace obs::codec {

using model::Batch;

TEST_CASE("the lines of obs-record(5) come back letter by letter", "[codec][ndjson]") {
  const std::string_view lines[] = {
      kLog,
      kSpan,
      kHistogram,
      kExponential,
      kSummary,
      kSum,
      // Nothing but what every line has.
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z"})",
      R"({"signal":"span","time":"2026-11-22T10:15:30.000000000Z","duration_ns":-5})",
      R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","type":"gauge"})",
      // A metric without points.
      R"({"signal":"metric","service":"a","name":"n","type":"sum","unit":"1","temporality":"delta"})",
      R"({"signal":"metric","name":"no data either"})",
      // Whose time it is.
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","time_source":"received"})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","time_source":"observed",)"
      R"("observed_time":"2026-11-22T10:15:30.000000000Z"})",
      R"({"signal":"span","time":"2026-11-22T10:15:30.000000000Z","time_source":"received",)"
      R"("duration_ns":0})",
      // Numbers that have no name.
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","severity_number":-3})",
      R"({"signal":"span","time":"2026-11-22T10:15:30.000000000Z","duration_ns":0,"kind":9,"status":-1})",
      R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","type":"sum","temporality":7,"value":1.0})",
      // Bodies.
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","body":""})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","body":{"$empty":true}})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","body":{"a":[1,null,{"$empty":true}]}})",
      // An empty service is one.
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","service":""})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","service":"a","resource":{"service.name":"b"}})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","resource":{"service.name":1}})",
      R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","entity_refs":[{"type":"service",)"
      R"("id_keys":["service.name"],"description_keys":[]}]})",
      // Any int64 is a time.
      R"({"signal":"log","time":"1677-09-21T00:12:43.145224192Z"})",
      R"({"signal":"log","time":"2262-04-11T23:47:16.854775807Z"})",
  };
  for (const std::string_view line : lines) {
    // The one item of an array that is null is an empty value.
    std::string expected(line);
    if (const auto at = expected.find("[1,null,"); at != std::string::npos) {
      expected.replace(at, 8, R"([1,{"$empty":true},)");
    }
    CHECK(rewritten(line) == expected);
  }
}

TEST_CASE("the examples of obs-record(5) are records", "[codec][ndjson]") {
  std::ifstream file(OBS_TEST_DATA "/../../man/obs-record.5");
  std::stringstream page;
  page << file.rdbuf();
  std::string text = page.str();
  text.erase(0, text.find(".EX\n", text.find(".SH EXAMPLES")) + 4);
  text.erase(text.find(".EE"));

  std::size_t records = 0;
  std::string record;
  for (const std::string_view line : split(text, '\n')) {
    // A record goes on in lines that are indented.
    if (!line.starts_with(' ') && !record.empty()) {
      CHECK(rewritten(record) == record);
      record.clear();
      ++records;
    }
    for (const char c : trim(line)) {
      if (c != '\\') record += c;  // As in `web\-3`.
    }
  }
  CHECK(records == 3);
}

TEST_CASE("a record is understood however it is written", "[codec][ndjson]") {
  const Case cases[] = {
      // Any order, any space, escapes, null for absent, keys that nobody knows.
      {R"( { "body" : "x" , "time" : "2026-11-22T10:15:30Z" , "signal" : "log" } )",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","body":"x"})"},
      {R"({"signal":"log","\u0062ody":"\u0078","time":"2026-11-22T11:15:30.5+01:00","flags":null,)"
       R"("scope":null,"service":null,"resource":null,"later":{"a":[]},"trace_id":""})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.500000000Z","body":"x"})"},
      // What a program said of it.
      {R"({"signal":"log","time":"2026-11-22T10:15:30Z","_error":"no JSON","attributes":{"a":1}})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","attributes":{"a":1,"_error":"no JSON"}})"},
      {R"({"signal":"span","time":"2026-11-22T10:15:30Z","_error":"no JSON"})",
       R"({"signal":"span","time":"2026-11-22T10:15:30.000000000Z","duration_ns":0,"attributes":{"_error":"no JSON"}})"},
      {R"({"signal":"metric","time":"2026-11-22T10:15:30Z","type":"gauge","value":1,"_error":"no JSON"})",
       R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","type":"gauge","value":1,"attributes":{"_error":"no JSON"}})"},
      {R"({"signal":"log","time":"2026-11-22T10:15:30Z","_error":{"a":1}})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z"})"},
      // Epoch times in the unit that their size tells.
      {R"({"signal":"log","time":1795342530})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z"})"},
      {R"({"signal":"log","time":1795342530123456789})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.123456789Z"})"},
      // The number of a severity wins; the word alone is the first of its range.
      {R"({"signal":"log","time":"2026-11-22T10:15:30Z","severity":"debug","severity_number":18})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","severity":"error","severity_number":18})"},
      {R"({"signal":"log","time":"2026-11-22T10:15:30Z","severity":"WARN"})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","severity":"warn","severity_number":13})"},
      // No time at all: the observed one, or ours.
      {R"({"signal":"log","observed_time":"2026-11-22T10:15:30Z"})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z","time_source":"observed",)"
       R"("observed_time":"2026-11-22T10:15:30.000000000Z"})"},
      {R"({"signal":"metric","type":"gauge","value":1})",
       R"({"signal":"metric","time":"2025-11-22T10:15:30.000000000Z","time_source":"received",)"
       R"("type":"gauge","value":1})"},
      // A store's number is its own.
      {R"({"signal":"log","time":"2026-11-22T10:15:30Z","seq":7})",
       R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z"})"},
      // Doubles where integers could stand too.
      {R"({"signal":"metric","time":"2026-11-22T10:15:30Z","type":"summary","count":1,"sum":2})",
       R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","type":"summary","count":1,"sum":2.0})"},
      {R"({"signal":"metric","time":"2026-11-22T10:15:30Z","type":"gauge","value":18446744073709551615})",
       R"({"signal":"metric","time":"2026-11-22T10:15:30.000000000Z","type":"gauge","value":1.8446744073709552e+19})"},
  };
  for (const Case& c : cases) CHECK(rewritten(c.line) == c.expected);
}

TEST_CASE("a line that claims to be a record but is none is refused, with its offset",
          "[codec][ndjson]") {
  const Case cases[] = {
      {R"({"signal":"logs","body":"x"})", "signal is not log, span or metric at 0"},
      {R"({"signal":"log","time":"yesterday"})",
       "time is no RFC 3339 time from 1678 to 2261 at 23"},
      {R"({"signal":"log","time":"2300-01-01T00:00:00Z"})",
       "time is no RFC 3339 time from 1678 to 2261 at 23"},
      {R"({"time":12,"signal":"log"})", "time is no RFC 3339 time from 1678 to 2261 at 8"},
      {R"({"signal":"log","trace_id":"5b8e"})", "trace_id is not 32 hex digits at 27"},
      {R"({"signal":"log","trace_id":7})", "trace_id is not 32 hex digits at 27"},
      {R"({"signal":"span","span_id":"x"})", "span_id is not 16 hex digits at 27"},
      {R"({"signal":"log","time_source":"mine"})",
       "time_source is not sender, observed or received at 30"},
      {R"({"signal":"log","severity_number":2147483648})", "severity_number is not an int32 at 34"},
      {R"({"signal":"log","flags":-1})", "flags are not a uint32 at 24"},
      {R"({"signal":"log","attributes":[]})", "expected an object at 29"},
      {R"({"signal":"log","resource":5})", "expected an object at 27"},
      {R"({"signal":"log","service":5})", "service is not a string at 26"},
      {R"({"signal":"log","scope":{"name":1}})", "scope name is not a string at 32"},
      {R"({"signal":"log","entity_refs":{}})", "entity_refs is not an array at 32"},
      {R"({"signal":"log","body":{"$bytes":"?"}})", "malformed $bytes, $double or $empty at 37"},
      {R"({"signal":"span","kind":"waiter"})", "kind is no span kind at 24"},
      {R"({"signal":"span","duration_ns":1.5})", "duration_ns is not an int64 at 31"},
      {R"({"signal":"span","events":{}})", "expected an array at 26"},
      {R"({"signal":"metric","type":"meter"})", "type is no kind of metric at 26"},
      {R"({"signal":"metric","value":1})", "a data point needs the type of its metric at 29"},
      {R"({"signal":"metric","type":"gauge","value":"1"})", "value is not a number at 42"},
      {R"({"signal":"metric","type":"histogram","counts":[-1]})",
       "bucket count is not a uint64 at 48"},
      {R"({"signal":"metric","type":"gauge","metadata":5})", "expected an object at 45"},
      {R"({"signal":"log","time":"2026-11-22T10:15:30Z")", "expected , or } at 45"},
      {R"({"signal":"log","body":"cut of)", "string without an end at 23"},
      {R"({"signal":"log","body":tru})", "expected a value at 23"},
      {R"({"signal":"log"} {})", "expected the end of the document at 17"},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    CHECK(rewritten(c.line) == c.expected);
  }
}

TEST_CASE("strict decoders want JSON", "[codec][ndjson]") {
  const NdjsonOptions strict{.strict = true};
  CHECK(rewritten("plain text", strict) == "expected a value at 0");
  CHECK(rewritten(R"({"msg":"cut)", strict) == "string without an end at 7");
  CHECK(rewritten(R"({"msg":"foreign"})", strict).ends_with(R"("body":"foreign"})"));
  CHECK(rewritten(std::string(kLog), strict) == kLog);
}

TEST_CASE("a stranger cannot say what only obs may", "[codec][ndjson]") {
  const NdjsonOptions untrusted{.trusted = false};
  CHECK(rewritten(R"({"signal":"log","time":"2026-11-22T10:15:30Z","time_source":"received",)"
                  R"("observed_time":"2026-11-22T10:15:31Z","project":"other"})",
                  untrusted) == R"({"signal":"log","time":"2026-11-22T10:15:30.000000000Z"})");
  CHECK(rewritten(R"({"signal":"log","observed_time":"2026-11-22T10:15:31Z"})", untrusted) ==
        R"({"signal":"log","time":"2025-11-22T10:15:30.000000000Z","time_source":"received"})");
}

TEST_CASE("text that is not UTF-8 is mended and counted", "[codec][ndjson]") {
  const Batch batch =
      decode_one({"{\"signal\":\"log\",\"body\":\"a\xFFz\"}", "plain \xC3\x28",
                  R"({"signal":"log","body":"\ud800"})", "{\"msg\":\"\xE2\x82\"}", "sound"});
  CHECK(batch.repaired_utf8 == 4);
  CHECK(batch.logs.body[0].as_string() == "a\xEF\xBF\xBDz");
  CHECK(batch.logs.body[1].as_string() == "plain \xEF\xBF\xBD(");
  CHECK(batch.logs.body[2].as_string() == "\xEF\xBF\xBD");
  CHECK(batch.logs.body[3].as_string() == "\xEF\xBF\xBD");
}

TEST_CASE("an error lies in the line, also when mending made it longer", "[codec][ndjson]") {
  const std::string line =
      "{\"signal\":\"log\",\"body\":\"\xff\xfe\xff\xfe\xff\xfe\",\"time\":\"never\"";
  for (const bool strict : {false, true}) {
    NdjsonDecoder decoder({.strict = strict});
    for (std::size_t cut = 12; cut <= line.size(); ++cut) {
      const auto added = decoder.add_line(std::string_view(line).substr(0, cut), kReceived);
      REQUIRE_FALSE(added);
      CHECK(added.error().offset <= cut);
    }
  }
}

TEST_CASE("numbers at the ends of their ranges are times or none", "[codec][ndjson]") {
  for (const std::string_view number :
       {"9223372036854775807", "-9223372036854775808", "9200000000000000000",
        "18446744073709551615", "9.2e18", "-9.3e18", "1e308", "-1e308", "9223372036854775",
        "9223372036854", "99999999999999", "-99999999999", "1e17", "0.1", "-0.0"}) {
    const std::string foreign = "{\"ts\":" + std::string(number) + ",\"msg\":\"x\"}";
    CAPTURE(foreign);
    const std::string once = rewritten(foreign);
    CHECK(rewritten(once) == once);
    const std::string record =
        "{\"signal\":\"span\",\"name\":\"x\",\"duration_ns\":-9223372036854775808,"
        "\"time\":" +
        std::string(number) + "}";
    const std::string span = rewritten(record);
    CHECK((span.starts_with("{") ? rewritten(span) == span : span.find(" at ") != span.npos));
  }
}

}  // namespace obs::codec
