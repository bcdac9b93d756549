// Requests of every protocol for logs and traces but OTLP, and what they are answered.

#include <catch2/catch.hpp>

#include "libobs/api/elastic_door.h"
#include "libobs/api/journal_door.h"
#include "libobs/api/loki_door.h"
#include "libobs/api/ndjson_door.h"
#include "libobs/api/receiver.h"
#include "libobs/api/zipkin_door.h"
#include "libobs/codec/ndjson.h"
#include "tests/unit/api/memory_sink.h"
#include "tests/unit/api/requests.h"

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;
using proto::find_header;
using proto::HttpRequest;
using proto::HttpResponse;

namespace {

Receiver::Doors all_doors() {
  Receiver::Doors doors = otlp_only();
  doors.push_back(std::make_unique<LokiDoor>());
  doors.push_back(std::make_unique<ElasticDoor>());
  doors.push_back(std::make_unique<NdjsonDoor>());
  doors.push_back(std::make_unique<JournalDoor>());
  doors.push_back(std::make_unique<ZipkinDoor>());
  return doors;
}

struct Fixture {
  Fixture() : receiver(all_doors(), nullptr, sink, registry, clock) {}

  HttpResponse send(HttpRequest request) {
    if (auto early = receiver.check(request)) return *early;
    std::optional<HttpResponse> answer;
    receiver.receive(std::move(request), [&](HttpResponse response) { answer = response; });
    REQUIRE(answer);
    return *answer;
  }

  std::string lines() const {
    std::string out;
    for (const auto& batch : sink.batches()) codec::append_ndjson(out, *batch);
    return out;
  }

  Registry registry;
  ManualClock clock{1'763'806'600'000'000'000};
  MemorySink sink;
  Receiver receiver;
};

// One row of a table: a request, and what it gets.
struct Case {
  const char* method;
  const char* path;
  const char* type;
  const char* encoding;
  std::string body;
  int status;
  const char* answer;
  std::size_t records;
};

void check(const Case& c) {
  INFO(c.method << " " << c.path << " " << c.type << " " << c.encoding << " " << c.body);
  Fixture f;
  HttpRequest request;
  request.method = c.method;
  request.path = c.path;
  if (*c.type != '\0') request.headers.emplace_back("Content-Type", c.type);
  if (*c.encoding != '\0') request.headers.emplace_back("Content-Encoding", c.encoding);
  request.body = c.body;
  const HttpResponse answer = f.send(std::move(request));
  CHECK(answer.status == c.status);
  CHECK_THAT(answer.body, Contains(c.answer));
  CHECK(f.sink.records() == c.records);
}

const std::string kPush = R"({"streams":[{"stream":{"app":"a"},"values":[["1","x"],["2","y"]]}]})";
const std::string kPartial =
    R"({"streams":[{"stream":{"app":"a"},"values":[["1","x"],["soon","y"]]}]})";
// PushRequest of one stream {app="a"} with one line "x" at 1 s.
const std::string kPushProtobuf("\x0a\x14\x0a\x09{app=\"a\"}\x12\x07\x0a\x02\x08\x01\x12\x01x", 22);
const std::string kSpans = R"([{"traceId":"1","id":"2","name":"get"}])";

}  // namespace

TEST_CASE("Loki's push API answers as Loki does", "[api][loki]") {
  const char* push = "/loki/api/v1/push";
  const Case cases[] = {
      {"POST", push, kJson, "", kPush, 204, "", 2},
      {"POST", "/api/prom/push", "application/json; charset=utf-8", "", kPush, 204, "", 2},
      {"POST", push, kJson, "gzip", codec::compress_gzip(kPush), 204, "", 2},
      {"POST", push, kJson, "snappy", codec::compress_snappy(kPush), 204, "", 2},
      {"POST", push, kProtobuf, "", codec::compress_snappy(kPushProtobuf), 204, "", 1},
      {"POST", push, "", "snappy", codec::compress_snappy(kPushProtobuf), 204, "", 1},
      {"POST", push, kJson, "", R"({"streams":[]})", 204, "", 0},
      {"POST", push, kJson, "", kPartial, 400, "1 of 2 records refused: #1: the time is", 1},
      {"POST", push, kJson, "", "{", 400, "cannot be read as a push in JSON", 0},
      {"POST", push, kProtobuf, "", kPushProtobuf, 400, "cannot be decompressed", 0},
      {"POST", push, kProtobuf, "", codec::compress_snappy("\x0a\x7f"), 400, "in protobuf", 0},
      {"POST", push, kProtobuf, "gzip", "x", 415, "snappy", 0},
      {"POST", push, kJson, "lz4", kPush, 415, "lz4", 0},
      {"POST", push, "text/plain", "", kPush, 415, "text/plain", 0},
      {"GET", push, "", "", "", 405, "takes POST", 0},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("POST /ndjson says how many lines it took", "[api][ndjson]") {
  const std::string record = R"({"signal":"log","body":"x"})";
  const Case cases[] = {
      {"POST", "/ndjson", "application/x-ndjson", "", record + "\n" + record, 200,
       R"({"accepted":2})", 2},
      {"POST", "/ndjson", "", "", "plain text\r\n\n", 200, R"({"accepted":1})", 1},
      {"POST", "/ndjson", "application/x-www-form-urlencoded", "zstd", codec::compress_zstd(record),
       200, R"({"accepted":1})", 1},
      {"POST", "/ndjson", kJson, "", "[" + record + ",\n{\"msg\":\"y\"}]", 200, R"("accepted":2)",
       2},
      {"POST", "/ndjson", "", "", "[info] no array]", 200, R"({"accepted":1})", 1},
      {"POST", "/ndjson", "", "", record + "\n{\"signal\":\"log\",\"trace_id\":\"x\"}\n", 400,
       R"("accepted":1,"rejected":1,"errors":[{"line":2,"message":")", 1},
      {"POST", "/ndjson", "", "", R"({"signal":"smoke"})", 400, R"("accepted":0,"rejected":1)", 0},
      {"POST", "/ndjson", "", "", "", 200, R"({"accepted":0})", 0},
      {"POST", "/ndjson", "", "", "[{} {}]", 400, R"({"error":")", 0},
      {"PUT", "/ndjson", "", "", "", 405, "takes POST", 0},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("a sender of ndjson cannot name its project", "[api][ndjson]") {
  Fixture f;
  f.send(export_request(R"({"signal":"log","body":"x","project":"other"})", "", "/ndjson"));
  REQUIRE(f.sink.batches().size() == 1);
  CHECK(f.sink.batches()[0]->project == "default");
}

TEST_CASE("Elasticsearch's bulk API has a status for each item", "[api][elastic]") {
  const char* type = "application/x-ndjson";
  const std::string two = "{\"create\":{\"_index\":\"a\"}}\n{\"message\":\"x\"}\n";
  const std::string bad = two + "{\"index\":{}}\n{\"message\":\n";
  const Case cases[] = {
      {"POST", "/_bulk", type, "", two, 200, R"("errors":false,"items":[{"create":{"_index":"a")",
       1},
      {"PUT", "/logs/_bulk", "application/vnd.elasticsearch+x-ndjson; compatible-with=9", "gzip",
       codec::compress_gzip(two), 200, R"("result":"created")", 1},
      {"POST", "/logs/_bulk", type, "", bad, 200, R"("errors":true)", 1},
      {"POST", "/logs/_bulk", type, "", bad, 200,
       R"("status":400,"error":{"type":"document_parsing_exception")", 1},
      {"POST", "/_bulk", type, "", "nonsense", 400, R"("type":"illegal_argument_exception")", 0},
      {"POST", "/logs/_doc", kJson, "", R"({"message":"x"})", 201, R"("_index":"logs","_id":")", 1},
      {"PUT", "/logs/_create/7", kJson, "", R"({"message":"x"})", 201, R"("_id":"7")", 1},
      {"PUT", "/logs/_doc/7", kJson, "", "[]", 400, "failed to parse", 0},
      {"GET", "/", "", "", "", 200, R"("version":{"number":"8.)", 0},
      {"HEAD", "/", "", "", "", 200, "", 0},
      {"GET", "/_license", "", "", "", 200, R"("status":"active")", 0},
      {"PUT", "/_index_template/logs", kJson, "", "{}", 200, R"("acknowledged":true)", 0},
      {"GET", "/_bulk", "", "", "", 405, "does not take GET", 0},
      {"DELETE", "/", "", "", "", 405, "does not take DELETE", 0},
      {"POST", "/_bulk", "text/plain", "", two, 415, "text/plain", 0},
      {"POST", "/_bulk", type, "lz4", two, 415, "Content-Encoding", 0},
      {"GET", "/logs/_search", "", "", "", 404, "no such path", 0},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("official clients of Elasticsearch are told what they look for", "[api][elastic]") {
  Fixture f;
  HttpRequest request;
  request.method = "GET";
  request.path = "/";
  request.headers = {
      {"Accept", "application/vnd.elasticsearch+json; compatible-with=8,text/plain"}};
  const HttpResponse answer = f.send(request);
  CHECK(find_header(answer.headers, "X-Elastic-Product") == "Elasticsearch");
  CHECK(find_header(answer.headers, "Content-Type") ==
        "application/vnd.elasticsearch+json; compatible-with=8");
  const HttpResponse refused = f.send(export_request("x", kJson, "/_bulk"));
  CHECK(refused.status == 400);
  CHECK(find_header(refused.headers, "X-Elastic-Product") == "Elasticsearch");
}

TEST_CASE("the journal's uploads are answered as its own receiver does", "[api][journal]") {
  const char* type = "application/vnd.fdo.journal";
  const Case cases[] = {
      {"POST", "/upload", type, "", "MESSAGE=x\n\nMESSAGE=y\n", 202, "OK.", 2},
      {"POST", "/upload", type, "gzip", codec::compress_gzip("MESSAGE=x\n\n"), 202, "OK.", 1},
      {"POST", "/upload", type, "", "MESSAGE", 400, "a field has no value at byte 0", 0},
      {"POST", "/upload", kJson, "", "{}", 415, type, 0},
      {"GET", "/upload", "", "", "", 405, "takes POST", 0},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("Zipkin's collector API answers as Zipkin does", "[api][zipkin]") {
  const char* spans = "/api/v2/spans";
  const std::string protobuf("\x0a\x14\x0a\x08\0\0\0\0\0\0\0\1\x1a\x08\0\0\0\0\0\0\0\2", 22);
  const Case cases[] = {
      {"POST", spans, kJson, "", kSpans, 202, "", 1},
      {"POST", spans, "", "gzip", codec::compress_gzip(kSpans), 202, "", 1},
      {"POST", spans, kProtobuf, "", protobuf, 202, "", 1},
      {"POST", spans, kJson, "", "[]", 202, "", 0},
      {"POST", spans, kJson, "", R"([{"id":"1"},{"traceId":"1","id":"1"}])", 400, "1 of 2 records",
       1},
      {"POST", spans, kJson, "", "{}", 400, "cannot be read as spans in JSON", 0},
      {"POST", spans, kProtobuf, "", "\x0a\x7f", 400, "spans in protobuf", 0},
      {"POST", spans, "text/xml", "", kSpans, 415, "text/xml", 0},
      {"GET", spans, "", "", "", 405, "takes POST", 0},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("a sink that is busy makes every door ask to come again", "[api]") {
  Fixture f;
  f.sink.error = Error{Errc::kUnavailable, "full"};
  const HttpRequest requests[] = {
      export_request(kPush, kJson, "/loki/api/v1/push"),
      export_request("x", kJson, "/ndjson"),
      export_request("{\"index\":{}}\n{\"message\":\"x\"}\n", kJson, "/_bulk"),
      export_request("MESSAGE=x\n", "application/vnd.fdo.journal", "/upload"),
      export_request(kSpans, kJson, "/api/v2/spans"),
  };
  for (const HttpRequest& request : requests) {
    INFO(request.path);
    const HttpResponse answer = f.send(request);
    CHECK(answer.status == 503);
    CHECK(find_header(answer.headers, "Retry-After") == "1");
    CHECK_THAT(answer.body, Contains("full"));
  }
}
