#include "libobs/scrape/fetch.h"

#include <catch2/catch.hpp>

#include "libobs/codec/compress.h"
#include "libobs/scrape/schedule.h"

namespace obs::scrape {
namespace {

using Catch::Matchers::Contains;

proto::HttpResponse answer(int status, const char* type, std::string body,
                           const char* coding = "") {
  proto::HttpResponse response{status, {}, std::move(body)};
  if (*type != '\0') response.headers.emplace_back("Content-Type", type);
  if (*coding != '\0') response.headers.emplace_back("Content-Encoding", coding);
  return response;
}

}  // namespace

TEST_CASE("an answer is samples only when all of it is right", "[scrape][fetch]") {
  ScrapeConfig config;
  config.limits.body_size_limit = 100;
  ScrapeConfig lenient = config;
  lenient.fallback = codec::ExpositionFormat::kText;
  const std::string text = "a 1\n";
  struct Case {
    const ScrapeConfig& config;
    proto::HttpResponse answer;
    const char* why;  // Empty: one sample.
  };
  std::vector<Case> cases = {
      {config, answer(200, "text/plain; version=0.0.4", text), ""},
      {config, answer(200, "text/plain", codec::compress_gzip(text), "gzip"), ""},
      {config, answer(200, "application/openmetrics-text;version=1.0.0", "a 1\n# EOF\n"), ""},
      {lenient, answer(200, "", text), ""},
      {lenient, answer(200, "text/html", text), ""},
      {config, answer(200, "", text), "fallback_scrape_protocol"},
      {config, answer(200, "text/html", text), "fallback_scrape_protocol"},
      {config, answer(404, "text/plain", text), "404 Not Found"},
      {config, answer(302, "text/plain", text), "302"},
      {config, answer(200, "text/plain", "a one\n"), "line 1"},
      {config, answer(200, "text/plain", std::string(101, '\n')), "body_size_limit"},
      {config, answer(200, "text/plain", codec::compress_gzip(std::string(101, '\n')), "gzip"),
       "over the limit"},
      {config, answer(200, "text/plain", "not gzip", "gzip"), "damaged"},
      {config, answer(200, "text/plain", text, "pack200-gzip"), "Content-Encoding"},
  };
  for (Case& c : cases) {
    const auto read = read_answer(c.config, std::move(c.answer));
    if (*c.why == '\0') {
      REQUIRE(read);
      CHECK(read->samples.size() == 1);
    } else {
      REQUIRE_FALSE(read);
      CHECK_THAT(read.error().message, Contains(c.why));
    }
  }
}

TEST_CASE("the Accept header names the protocols, the best first", "[scrape][fetch]") {
  CHECK(accept_header({}) ==
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        "application/openmetrics-text;version=0.0.1;q=0.4,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        "text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
  CHECK(accept_header({"PrometheusProto", "PrometheusText0.0.4"}) ==
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
        "encoding=delimited;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
}

TEST_CASE("a target is due once an interval, always at the same offset", "[scrape][schedule]") {
  const Duration interval = 15 * kSecond;
  Timestamp now = 1'763'806'600'123'456'789;
  Timestamp due = next_scrape("a", interval, now);
  CHECK(due > now);
  CHECK(due <= now + interval);
  for (int i = 0; i < 5; ++i) {
    const Timestamp later = next_scrape("a", interval, due + kMillisecond);
    CHECK(later == due + interval);
    due = later;
  }
  CHECK(next_scrape("b", interval, now) % interval != next_scrape("a", interval, now) % interval);
}

TEST_CASE("samples have the time at which they were due, unless they really were late",
          "[scrape][schedule]") {
  CHECK(sample_time(1000, 1000, kSecond) == 1000);
  CHECK(sample_time(1000, 1000 + 9 * kMillisecond, kSecond) == 1000);
  CHECK(sample_time(1000, 1000 + 11 * kMillisecond, kSecond) == 1000 + 11 * kMillisecond);
}

}  // namespace obs::scrape
