#include "libobs/codec/elastic_bulk.h"

#include <catch2/catch.hpp>

#include "tests/unit/codec/record_lines.h"

using namespace obs;
using namespace obs::codec;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

std::string line_of(std::string_view document) {
  return record_lines(decode_elastic_document(document, "", "", kReceived).logs.batch);
}

}  // namespace

TEST_CASE("documents of the Elastic Common Schema become records", "[codec][elastic]") {
  const std::string line = line_of(
      R"({"@timestamp":"2025-11-22T10:15:00.5Z","message":"paid","log":{"level":"WARN","logger":"pay"},)"
      R"("service":{"name":"cart","version":"1.2"},"trace":{"id":"0102030405060708090a0b0c0d0e0f10"},)"
      R"("span.id":"0102030405060708","error":{"type":"E","message":"m","stack_trace":"at x"},)"
      R"("host":{"name":"web-3"},"labels":{"a":1},"tags":["x"],"empty":{}})");
  for (const char* part :
       {R"("time":"2025-11-22T10:15:00.500000000Z","service":"cart")", R"("severity_number":13)",
        R"("body":"paid")", R"("trace_id":"0102030405060708090a0b0c0d0e0f10")",
        R"("span_id":"0102030405060708")", R"("exception.type":"E")", R"("exception.message":"m")",
        R"("exception.stacktrace":"at x")", R"("log.logger":"pay")", R"("labels.a":1)",
        R"("tags":["x"])", R"("empty":{})", R"("service.version":"1.2")",
        R"("host.name":"web-3")"}) {
    CHECK_THAT(line, Contains(part));
  }
}

TEST_CASE("the schema's own fields outrank others that might mean the same", "[codec][elastic]") {
  const std::string line = line_of(
      R"({"time":5,"msg":"other","level":"debug","@timestamp":"2025-11-22T10:15:00Z","message":"own","log.level":"error"})");
  CHECK_THAT(line, Contains(R"("body":"own")"));
  CHECK_THAT(line, Contains(R"("severity":"error")"));
  CHECK_THAT(line, Contains(R"("time":5)"));
  CHECK_THAT(line, Contains(R"("msg":"other")"));
  CHECK_THAT(line_of(R"({"log":"a line of a container","stream":"stdout"})"),
             Contains(R"("body":"a line of a container")"));
}

TEST_CASE("each action of a bulk is told of", "[codec][elastic]") {
  const auto bulk = decode_elastic_bulk(
      "{\"create\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"message\":\"x\"}\n"
      "{\"index\":{\"pipeline\":null},\"attempts\":1}\r\n{\"message\":\"y\"}\r\n\n"
      "{\"index\":{}}\n{\"message\":\n"
      "{\"index\":{}}\n[1]\n"
      "{\"delete\":{\"_id\":\"1\"}}\n"
      "{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}",
      "given", kReceived);
  REQUIRE(bulk);
  REQUIRE(bulk->items.size() == 6);
  CHECK(bulk->logs.batch.size() == 2);
  CHECK(bulk->logs.rejected.count == 4);
  CHECK(bulk->logs.total == 6);
  CHECK(bulk->items[0].index == "a");
  CHECK(bulk->items[0].id == "1");
  CHECK(bulk->items[1].index == "given");
  CHECK(bulk->items[0].error.empty());
  CHECK(bulk->items[1].error.empty());
  for (std::size_t i = 2; i < 6; ++i) CHECK_FALSE(bulk->items[i].error.empty());
  CHECK_THAT(record_lines(bulk->logs.batch), Contains(R"("elasticsearch.index.name":"a")"));
}

TEST_CASE("a bulk that is none fails where it ceases to be one", "[codec][elastic]") {
  struct Case {
    const char* body;
    std::size_t offset;
  };
  const Case cases[] = {
      {"{\"create\":{}}\n", 14}, {"{\"message\":\"x\"}\n", 11},
      {"nonsense\n", 0},         {"{\"index\":7}\n{}\n", 9},
      {"{}\n{}\n", 2},
  };
  for (const Case& c : cases) {
    INFO(c.body);
    const auto bulk = decode_elastic_bulk(c.body, "", kReceived);
    REQUIRE_FALSE(bulk);
    CHECK(bulk.error().code == Errc::kMalformed);
    CHECK(bulk.error().offset == c.offset);
  }
  CHECK(decode_elastic_bulk("", "", kReceived)->items.empty());
}

TEST_CASE("documents that would grow with the square of their size do not", "[codec][elastic]") {
  std::string deep = "{";
  for (int i = 0; i < 60; ++i) deep += "\"" + std::string(100, 'k') + "\":{";
  for (int i = 0; i < 2000; ++i) deep += "\"" + std::to_string(i) + "\":1,";
  deep += "\"z\":1" + std::string(61, '}');
  const auto one = decode_elastic_document(deep, "", "", kReceived);
  CHECK(one.logs.batch.size() == 1);
  CHECK(one.logs.batch.arena->bytes() < 40 * deep.size());
}
