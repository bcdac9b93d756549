#include <catch2/catch.hpp>
#include <fstream>

#include "libobs/codec/foreign_time.h"
#include "libobs/codec/json.h"
#include "libobs/codec/ndjson.h"
#include "tests/support/dump.h"

using namespace obs;
using namespace obs::codec;
using model::Batch;

namespace {

std::vector<std::string> read_lines(const std::string& name) {
  std::ifstream file(OBS_TEST_DATA "/foreign/" + name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  REQUIRE_FALSE(lines.empty());
  return lines;
}

std::string to_record(std::string_view line) {
  NdjsonDecoder decoder;
  if (!decoder.add_line(line, *parse_rfc3339("2026-11-22T12:00:00Z"))) return "refused";
  std::string out;
  for (const Batch& batch : decoder.take()) append_ndjson(out, batch);
  return out.substr(0, out.size() - 1);
}

std::string time_of(std::string_view json) {
  Arena arena;
  const auto value = parse_json(json, arena);
  REQUIRE(value);
  const auto time = to_foreign_time(*value);
  return time ? to_rfc3339(*time) : "none";
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

}  // namespace

TEST_CASE("the lines that log libraries write become the records they mean", "[codec][foreign]") {
  for (const std::string name :
       {"pino", "winston", "bunyan", "ecs", "zap", "logrus", "zerolog", "others", "edge"}) {
    const auto lines = read_lines(name + ".ndjson");
    const auto records = read_lines(name + ".records.ndjson");
    REQUIRE(lines.size() == records.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      INFO(name << " line " << i + 1 << ": " << lines[i]);
      CHECK(to_record(lines[i]) == records[i]);
    }
  }
}

TEST_CASE("the records of foreign lines are records like all others", "[codec][foreign]") {
  for (const std::string name : {"pino", "winston", "zap", "edge"}) {
    for (const std::string& record : read_lines(name + ".records.ndjson")) {
      CHECK(to_record(record) == record);
    }
  }
}

TEST_CASE("times are read in every spelling that loggers use", "[codec][foreign]") {
  const Case cases[] = {
      {"1763806530", "2025-11-22T10:15:30.000000000Z"},
      {"1763806530123", "2025-11-22T10:15:30.123000000Z"},
      {"1763806530123456", "2025-11-22T10:15:30.123456000Z"},
      {"1763806530123456789", "2025-11-22T10:15:30.123456789Z"},
      {"1763806530.1234567", "2025-11-22T10:15:30.123457000Z"},
      {"1763806530123.5", "2025-11-22T10:15:30.123500000Z"},
      {"1.763806530e9", "2025-11-22T10:15:30.000000000Z"},
      {R"("1763806530")", "2025-11-22T10:15:30.000000000Z"},
      {R"("1763806530.25")", "2025-11-22T10:15:30.250000000Z"},
      {R"("2026-11-22T10:15:30Z")", "2026-11-22T10:15:30.000000000Z"},
      {R"("2026-11-22T10:15:30.123456789-05:30")", "2026-11-22T15:45:30.123456789Z"},
      {R"("2026-11-22 10:15:30")", "2026-11-22T10:15:30.000000000Z"},
      {R"("2026-11-22 10:15:30,123")", "2026-11-22T10:15:30.123000000Z"},
      {R"("2026-11-22T10:15:30.5+0100")", "2026-11-22T09:15:30.500000000Z"},
      {R"("2026-11-22T10:15:30+01")", "2026-11-22T09:15:30.000000000Z"},
      {R"("2026-11-22 10:15:30 +0100")", "2026-11-22T09:15:30.000000000Z"},
      {R"("2026-11-22 10:15:30.1 UTC")", "2026-11-22T10:15:30.100000000Z"},
      {R"(" 2026-11-22T10:15:30Z ")", "2026-11-22T10:15:30.000000000Z"},
      {"0", "none"},
      {"35", "none"},
      {"-1763806530", "none"},
      {"12.5", "none"},
      {"9300000000000000000", "none"},
      {"1e30", "none"},
      {"9999999999", "none"},
      {"99999999999", "none"},
      {"9199999999", "2261-07-15T11:33:19.000000000Z"},
      {"true", "none"},
      {"{}", "none"},
      {R"("")", "none"},
      {R"("now")", "none"},
      {R"("NaN")", "none"},
      {R"("10:15:30")", "none"},
      {R"("2026-11-22")", "none"},
      {R"("2026-13-22T10:15:30Z")", "none"},
      {R"("2026-11-22T10:15:30.")", "none"},
      {R"("2026-11-22T10:15:30 CEST")", "none"},
      {R"("2026-11-22T10:15:30+1")", "none"},
      {R"("2026-11-22T10:15:30+01:00:00")", "none"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(time_of(c.text) == c.expected);
  }
}

TEST_CASE("every word for a severity keeps itself and finds its number", "[codec][foreign]") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"("info")", R"("severity":"info","severity_number":9,"severity_text":"info")"},
      {R"("WARNING")", R"("severity":"warn","severity_number":13,"severity_text":"WARNING")"},
      {R"("dpanic")", R"("severity":"fatal","severity_number":21,"severity_text":"dpanic")"},
      {R"("http")", R"("severity":"debug","severity_number":8,"severity_text":"http")"},
      {R"("INFO+2")", R"("severity":"info","severity_number":11,"severity_text":"INFO+2")"},
      {R"("ERROR+99")", R"("severity_text":"ERROR+99")"},
      {R"("loud")", R"("severity_text":"loud")"},
      {"10", R"("severity":"trace","severity_number":1,"severity_text":"10")"},
      {"69", R"("severity":"fatal","severity_number":21,"severity_text":"69")"},
      {"70", R"("attributes":{"level":70})"},
      {"9", R"("attributes":{"level":9})"},
      {"30.5", R"("attributes":{"level":30.5})"},
      {R"("")", R"("attributes":{"level":""})"},
      {"true", R"("attributes":{"level":true})"},
  };
  for (const auto& [level, expected] : cases) {
    CHECK(to_record(R"({"level":)" + std::string(level) + "}") ==
          R"({"signal":"log","time":"2026-11-22T12:00:00.000000000Z","time_source":"received",)" +
              std::string(expected) + "}");
  }
}

TEST_CASE("an object too deep for attributes is kept as the text it is", "[codec][foreign]") {
  const std::string line =
      R"({"msg":"deep","a":)" + std::string(100, '[') + std::string(100, ']') + "}";
  NdjsonDecoder decoder;
  REQUIRE(decoder.add_line(line, 1));
  CHECK(decoder.take().at(0).logs.body.at(0).as_string() == line);
}

TEST_CASE("no member of a foreign line is lost", "[codec][foreign]") {
  // Every name that means something, with values that fit and values that do not.
  const std::string_view names[] = {"time",    "ts",       "timestamp", "@timestamp", "date",
                                    "level",   "severity", "lvl",       "levelname",  "msg",
                                    "message", "body",     "event",     "service",    "app",
                                    "logger",  "name",     "trace_id",  "traceId",    "trace.id",
                                    "span_id", "spanId",   "span.id",   "trace_flags"};
  for (const std::string_view value : {"true", "null", "-1", "[]", "{\"a\":1}"}) {
    std::string line = "{";
    for (const std::string_view name : names) {
      if (line.size() > 1) line += ',';
      line += "\"" + std::string(name) + "\":" + std::string(value);
    }
    line += '}';
    NdjsonDecoder decoder;
    REQUIRE(decoder.add_line(line, 1));
    const Batch batch = std::move(decoder.take().at(0));
    CHECK(batch.logs.attributes.at(0).size() == std::size(names));
  }
}
