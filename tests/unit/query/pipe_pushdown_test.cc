#include "libobs/query/pipe_pushdown.h"

#include <catch2/catch.hpp>

#include "libobs/lang/parser.h"
#include "libobs/query/pipe_columns.h"
#include "libobs/query/pipe_reads.h"

namespace obs::query {
namespace {

using model::Signal;

constexpr Timestamp kNow = 1'800'000'000 * kSecond;

Pushdown push(const std::string& text, Signal signal = Signal::kLogs) {
  const auto program = lang::parse(text);
  INFO(text);
  REQUIRE(program);
  return push_down(*program, signal, {}, kNow);
}

TEST_CASE("leading conditions become a filter", "[pipe]") {
  const RecordFilter filter =
      push(
          "logs | where service == \"cart\" and severity >= error | where body has \"no stock\" "
          "and time > -1h and attributes.tenant == \"acme\" | stats count()")
          .filter;
  CHECK(filter.services == std::vector<std::string>{"cart"});
  CHECK(filter.least_severity == 17);
  CHECK(filter.phrases == std::vector<std::string>{"no stock"});
  CHECK(filter.since == kNow - kHour);
  CHECK_FALSE(filter.until);
  REQUIRE(filter.attributes.size() == 1);
  CHECK(filter.attributes[0].key == "tenant");
  CHECK(filter.attributes[0].value == "acme");
}

TEST_CASE("spans are asked for by name, status and duration", "[pipe]") {
  const RecordFilter filter = push(
                                  "spans | where duration > 250ms and name in (\"a\", \"b\") and "
                                  "\"error\" == status | head 3",
                                  Signal::kSpans)
                                  .filter;
  CHECK(filter.condition == "duration_ns >= 250000000");
  CHECK(filter.names == std::vector<std::string>{"a", "b"});
  CHECK(filter.statuses == std::vector<std::string>{"error"});
}

TEST_CASE("what a filter cannot say exactly is left to the program", "[pipe]") {
  for (const char* text : {
           "logs | where service != \"cart\"",
           "logs | where service == \"cart\" or severity >= error",
           "logs | where not (service == \"cart\")",
           "logs | where service =~ \"cart\"",
           "logs | where attributes.tenant == \"42\"",
           "logs | where attributes.tenant == \"true\"",
           "logs | where severity < error",
           "logs | where body has \"\"",
           "logs | set service = \"cart\" | where service == \"cart\"",
           "logs | head 5 | where service == \"cart\"",
           "logs | where service == name",
           "logs | where time > observed_time",
       }) {
    CAPTURE(text);
    CHECK(push(text).taken.empty());
    CHECK(push(text).filter.services.empty());
  }
}

TEST_CASE("a field that may stand in an attribute is doubted", "[pipe]") {
  const auto doubts = push("logs | where service == \"cart\"").doubts;
  REQUIRE(doubts.size() == 1);
  CHECK_THAT(doubts[0], Catch::Contains("service") && Catch::Contains("attributes") &&
                            Catch::Contains("resource"));
  CHECK(push("logs | where time > -1h").doubts.empty());
}

TEST_CASE("bounds only become tighter", "[pipe]") {
  RecordFilter base;
  base.since = kNow - kMinute;
  base.until = kNow;
  const auto program = lang::parse("logs | where time >= -1h and time < -10s");
  REQUIRE(program);
  const Pushdown pushdown = push_down(*program, Signal::kLogs, base, kNow);
  CHECK(pushdown.filter.since == kNow - kMinute);
  CHECK(pushdown.times.until == kNow - 10 * kSecond);
}

TEST_CASE("only programs that end records read some of their fields", "[pipe]") {
  const auto reads = [](const char* text) { return find_reads(*lang::parse(text)); };
  REQUIRE(reads("logs | where a == 1 | stats max(b) by c | where d == 1"));
  CHECK(reads("logs | where a == 1 | stats max(b) by c | where d == 1")->size() == 3);
  CHECK_FALSE(reads("logs | where a == 1"));
  CHECK_FALSE(reads("logs | redact email | stats count()"));
}

TEST_CASE("of time a program may read no more than its buckets", "[pipe]") {
  const auto step = [](const char* text) {
    const auto program = lang::parse(text);
    REQUIRE(program);
    return find_time_step(*program);
  };
  CHECK(step("logs | stats count() by service") == 0);
  CHECK(step("logs | stats count() by bucket(time, 1m), service") == kMinute);
  CHECK(step("logs | stats count() by bucket(time, 4s) every 6s") == 2 * kSecond);
  for (const char* text : {
           "logs | where time > -1h | stats count() by bucket(time, 1m)",
           "logs | stats max(time) by bucket(time, 1m)",
           "logs | stats count() by time",
           "logs | stats rate() by service",
           "logs | top 3 time",
           "logs | stats count(where age > 1h)",
       }) {
    CAPTURE(text);
    CHECK_FALSE(step(text));
  }
}

TEST_CASE("columns are those that a program reads", "[pipe]") {
  const auto text = [](const char* program) {
    const auto parsed = lang::parse(program);
    REQUIRE(parsed);
    const auto columns = find_pipe_columns(*parsed, Signal::kLogs);
    return columns ? columns->to_text() : "all";
  };
  CHECK(text("logs | stats count() by service, bucket(time, 1m)") == "extra, service, time by 1m");
  CHECK(text("logs | where attributes.k == 1 | stats count()") == "extra, attributes.k");
  CHECK(text("logs | stats max(time)") == "extra, time");
  CHECK(text("logs | stats count() by http.route") ==
        "extra, attributes.http.route, attributes.http, resource");
  CHECK(text("logs | stats count(), rate() every 1m") == "extra, time by 1m");
  CHECK(text("logs | stats max(time) every 1m") == "all");
  CHECK(text("logs | stats first(body) every 1m") == "all");
  CHECK(text("logs | where service == \"x\"") == "all");
}

TEST_CASE("order matters to first, last, windows and head", "[pipe]") {
  const auto ordered = [](const char* text) {
    return order_needed(*lang::parse(text)) == OrderNeeded::kArrival;
  };
  CHECK_FALSE(ordered("logs | where a == 1 | stats count(), p95(b) by c"));
  CHECK_FALSE(ordered("logs | top 3 a"));
  CHECK(ordered("logs | stats first(a)"));
  CHECK(order_needed(*lang::parse("logs | stats count() every 1m")) == OrderNeeded::kWindows);
  CHECK(ordered("logs | stats last(a) every 1m"));
  CHECK(ordered("logs | head 3 | stats count()"));
  CHECK(ordered("logs | where a == 1"));
}

TEST_CASE("a chain as long as a program may be is read", "[pipe]") {
  std::string text = "logs | where a == 1";
  for (int i = 0; i < 5000; ++i) text += " and service == \"cart\"";
  CHECK(push(text).filter.services.size() == 1);
}

}  // namespace
}  // namespace obs::query
