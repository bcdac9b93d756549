#include "libobs/pipeline/ledger.h"

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::pipeline;
using model::Signal;

TEST_CASE("what is in and not yet settled is buffered, and the sum closes when nothing is",
          "[pipeline][ledger]") {
  Registry registry;
  Ledger ledger(registry, "ingest");
  CHECK(ledger.closes());
  ledger.count(Signal::kLogs, Outcome::kReceived, 10);
  ledger.count(Signal::kLogs, Outcome::kCreated, 2);
  CHECK(ledger.buffered(Signal::kLogs) == 12);
  CHECK_FALSE(ledger.closes());
  ledger.count(Signal::kLogs, Outcome::kSent, 9);
  ledger.count(Signal::kLogs, Outcome::kRejected, 3);
  CHECK(ledger.buffered(Signal::kLogs) == 0);
  CHECK(ledger.closes());
}

TEST_CASE("every outcome but received and created settles records", "[pipeline][ledger]") {
  for (const Outcome outcome :
       {Outcome::kSent, Outcome::kFiltered, Outcome::kSampled, Outcome::kDeduplicated,
        Outcome::kFolded, Outcome::kRejected, Outcome::kFailed}) {
    Registry registry;
    Ledger ledger(registry, "stage");
    ledger.count(Signal::kSpans, Outcome::kReceived, 1);
    ledger.count(Signal::kSpans, outcome, 1);
    CAPTURE(to_string(outcome));
    CHECK(ledger.closes());
    CHECK(ledger.value(Signal::kSpans, outcome) == 1);
  }
}

TEST_CASE("signals are counted apart", "[pipeline][ledger]") {
  Registry registry;
  Ledger ledger(registry, "stage");
  ledger.count(Signal::kLogs, Outcome::kReceived, 1);
  ledger.count(Signal::kSpans, Outcome::kSent, 1);
  CHECK(ledger.buffered(Signal::kLogs) == 1);
  CHECK(ledger.buffered(Signal::kSpans) == -1);
  CHECK_FALSE(ledger.closes());
}

TEST_CASE("the summary shows both sides of the sum and leaves out what is zero",
          "[pipeline][ledger]") {
  Registry registry;
  Ledger ledger(registry, "ingest");
  CHECK(ledger.summary() == "nothing received");
  ledger.count(Signal::kLogs, Outcome::kReceived, 10);
  ledger.count(Signal::kLogs, Outcome::kSent, 8);
  ledger.count(Signal::kLogs, Outcome::kRejected, 1);
  ledger.count(Signal::kMetrics, Outcome::kReceived, 2);
  ledger.count(Signal::kMetrics, Outcome::kFailed, 2);
  ledger.count_undecodable("malformed", 300);
  ledger.count_undecodable("too_large", 45);
  CHECK(ledger.summary() ==
        "logs: received 10 = sent 8 + rejected 1 + buffered 1; metrics: received 2 = failed 2; "
        "undecodable: 2 requests, 345 bytes");
  CHECK(ledger.undecodable_requests() == 2);
}

TEST_CASE("the ledger is on /metrics", "[pipeline][ledger]") {
  Registry registry;
  Ledger ledger(registry, "ingest");
  ledger.count(Signal::kLogs, Outcome::kReceived, 7);
  ledger.count_undecodable("malformed", 300);
  const std::string text = registry.render();
  for (const char* line : {
           "# TYPE obs_ledger_records_total counter",
           R"(obs_ledger_records_total{stage="ingest",signal="logs",outcome="received"} 7)",
           R"(obs_ledger_records_total{stage="ingest",signal="spans",outcome="failed"} 0)",
           R"(obs_ledger_undecodable_requests_total{stage="ingest",reason="malformed"} 1)",
           R"(obs_ledger_undecodable_bytes_total{stage="ingest",reason="malformed"} 300)",
       })
    CHECK_THAT(text, Catch::Matchers::Contains(line));
}
