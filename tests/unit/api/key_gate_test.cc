#include "libobs/api/key_gate.h"

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/net/digest.h"
#include "tests/unit/api/memory_sink.h"
#include "tests/unit/api/requests.h"

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;

namespace {

std::string line(const std::string& key, const std::string& members) {
  std::string out = R"({"hash":"sha256:)";
  append_hex(out, *net::sha256(key));
  return out + "\"," + members + "}\n";
}

proto::HttpRequest from(proto::HttpHeaders headers, std::string peer = "10.0.0.1:1234") {
  proto::HttpRequest request = export_request("");
  request.headers.insert(request.headers.end(), headers.begin(), headers.end());
  request.peer = std::move(peer);
  return request;
}

struct Fixture {
  explicit Fixture(const std::string& keys, RateLimits client_limits = {})
      : gate(*parse_api_keys(keys), client_limits, registry, clock) {}

  // The project, or the status of the refusal.
  std::string admit(const proto::HttpRequest& request,
                    const std::optional<std::string>& credential = std::nullopt) {
    const auto admitted = gate.admit(request, credential);
    if (const auto* refused = std::get_if<Refusal>(&admitted))
      return std::to_string(refused->status);
    return std::get<std::string>(admitted);
  }
  // The status of the refusal, or 0.
  int charge(const proto::HttpRequest& request, std::size_t bytes, std::uint64_t records,
             model::Signal signal = model::Signal::kLogs) {
    Intake intake;
    intake.parts.emplace_back();
    intake.parts[0].batch.signal = signal;
    intake.parts[0].total = records;
    const auto refused = gate.charge(request, std::nullopt, bytes, intake);
    return refused ? refused->status : 0;
  }

  Registry registry;
  ManualClock clock{1'763'806'600'000'000'000};
  KeyGate gate;
};

}  // namespace

TEST_CASE("a key is found wherever clients put it", "[api][keys]") {
  Fixture f(line("s3cret", R"("project":"shop")"));
  CHECK(f.admit(from({{"X-API-Key", "s3cret"}})) == "shop");
  CHECK(f.admit(from({{"authorization", "Bearer s3cret"}})) == "shop");
  CHECK(f.admit(from({{"Authorization", "bearer  s3cret "}})) == "shop");
  CHECK(f.admit(from({{"Authorization", "Basic dXNlcjpzM2NyZXQ="}})) == "shop");
  CHECK(f.admit(from({{"Authorization", "Basic czNjcmV0Og=="}})) == "shop");
  CHECK(f.admit(from({{"Authorization", "ApiKey aWQ6czNjcmV0"}})) == "shop");
  CHECK(f.admit(from({{"Authorization", "ApiKey s3cret"}})) == "shop");
  CHECK(f.admit(from({}), "s3cret") == "shop");
}

TEST_CASE("who has no key, or a wrong one, is not let in", "[api][keys]") {
  Fixture f(line("s3cret", R"("project":"shop")"));
  CHECK(f.admit(from({})) == "401");
  CHECK(f.admit(from({{"X-API-Key", "S3cret"}})) == "401");
  CHECK(f.admit(from({{"Authorization", "Basic !"}})) == "401");
  CHECK(f.admit(from({{"Authorization", "Digest s3cret"}})) == "401");
  CHECK(f.admit(from({{"X-API-Key", "s3cret"}}), "other") == "401");
}

TEST_CASE("a wrong key is refused where nobody needs one, but not where there are none",
          "[api][keys]") {
  const std::string anybody = R"({"anonymous":true,"project":"public"})";
  Fixture f(line("other", R"("name":"a")") + anybody);
  CHECK(f.admit(from({})) == "public");
  CHECK(f.admit(from({{"X-API-Key", "s3cret"}})) == "401");
  CHECK(Fixture(anybody).admit(from({{"X-API-Key", "s3cret"}})) == "public");
}

TEST_CASE("a name in a verified certificate is a key too", "[api][keys]") {
  Fixture f(R"({"certificate":"agent.shop","project":"shop"})");
  auto request = from({});
  request.certificate_names = {"other", "agent.shop"};
  CHECK(f.admit(request) == "shop");
  request.certificate_names = {"other"};
  CHECK(f.admit(request) == "401");
}

TEST_CASE("a peer without requests has the project of its certificate, or none", "[api][keys]") {
  using Names = std::vector<std::string>;
  const std::string agent = R"({"certificate":"agent.shop","project":"shop"})"
                            "\n";
  const std::string meter = R"({"certificate":"meter","project":"m","signals":["metrics"]})"
                            "\n";
  const std::string anybody = R"({"anonymous":true,"project":"public"})"
                              "\n";
  struct Case {
    std::string keys;
    Names names;
    std::optional<std::string> project;
  };
  for (const Case& c : {
           Case{agent + meter, {"other", "agent.shop"}, "shop"},
           Case{agent + meter, {"other"}, std::nullopt},
           Case{agent + meter, {"meter"}, std::nullopt},
           Case{agent + anybody, {"agent.shop"}, "shop"},
           Case{agent + anybody, {"other"}, "public"},
           Case{line("k", R"("project":"keyed")"), {"agent.shop"}, "default"},
       }) {
    CAPTURE(c.keys);
    Fixture f(c.keys);
    CHECK(f.gate.find_project(c.names) == c.project);
    const bool refused = f.registry.render().find("refused_requests_total{") != std::string::npos;
    CHECK(refused == !c.project);
  }
}

TEST_CASE("a key is for its signals and its pages", "[api][keys]") {
  Fixture f(line("k", R"("project":"web","signals":["logs"],"origins":["https://*.shop"])"));
  auto request = from({{"X-API-Key", "k"}});
  CHECK(f.charge(request, 1, 1) == 0);
  CHECK(f.charge(request, 1, 1, model::Signal::kSpans) == 403);
  CHECK(f.admit(request) == "web");
  request.headers.emplace_back("Origin", "https://www.shop");
  CHECK(f.admit(request) == "web");
  request.headers.back().second = "https://evil";
  CHECK(f.admit(request) == "403");
  CHECK_THAT(f.registry.render(),
             Contains(R"(obs_gate_refused_requests_total{reason="origin",key="web"} 1)"));
}

TEST_CASE("who has had the share of a second waits as long as the debt takes", "[api][keys]") {
  Fixture f(line("k", R"("project":"p","bytes_per_second":1000)"));
  const auto request = from({{"X-API-Key", "k"}});
  CHECK(f.admit(request) == "p");
  // Larger than the bucket, and taken all the same.
  CHECK(f.charge(request, 5000, 1) == 0);
  const auto refused = f.gate.admit(request, std::nullopt);
  REQUIRE(std::holds_alternative<Refusal>(refused));
  CHECK(std::get<Refusal>(refused).status == 429);
  CHECK(std::get<Refusal>(refused).retry_after >= 4 * kSecond);
  f.clock.advance(std::get<Refusal>(refused).retry_after);
  CHECK(f.admit(request) == "p");
}

TEST_CASE("each address has a share of its own, and a key one of all", "[api][keys]") {
  Fixture f(line("k", R"("project":"p","client_requests_per_second":1)"));
  const auto first = from({{"X-API-Key", "k"}}, "10.0.0.1:1");
  const auto again = from({{"X-API-Key", "k"}}, "10.0.0.1:2");
  const auto second = from({{"X-API-Key", "k"}}, "10.0.0.2:1");
  CHECK(f.charge(first, 1, 1) == 0);
  CHECK(f.admit(again) == "429");
  CHECK(f.admit(second) == "p");
}

TEST_CASE("senders beyond the bound are counted together", "[api][keys]") {
  RateMeter meter;
  const RateLimits limits{1, 0, 0};
  for (std::size_t i = 0; i < RateMeter::kMaxSenders + 10; ++i)
    meter.charge(std::to_string(i), limits, {2, 0, 0}, kSecond);
  CHECK(meter.senders() <= RateMeter::kMaxSenders + 1);
  CHECK(meter.wait("somebody else", limits, kSecond) > 0);
  CHECK(meter.wait("somebody else", limits, kHour) == 0);
}

TEST_CASE("a table that is replaced takes effect at once", "[api][keys]") {
  Fixture f(line("old", R"("project":"p")"));
  f.gate.replace(*parse_api_keys(line("new", R"("project":"p")")));
  CHECK(f.admit(from({{"X-API-Key", "old"}})) == "401");
  CHECK(f.admit(from({{"X-API-Key", "new"}})) == "p");
}

TEST_CASE("the project of a batch is its key's, and a refusal is told to the sender",
          "[api][keys]") {
  Fixture f(line("k", R"("project":"shop")"));
  MemorySink sink;
  Receiver receiver(otlp_only(), &f.gate, sink, f.registry, f.clock);
  auto request = export_request(codec::request_of(log_record("a")));
  const auto refused = receiver.check(request);
  REQUIRE(refused);
  CHECK(refused->status == 401);
  CHECK_FALSE(proto::find_header(refused->headers, "WWW-Authenticate").empty());
  request.headers.emplace_back("x-api-key", "k");
  CHECK_FALSE(receiver.check(request));
  int status = 0;
  receiver.receive(request, [&](const proto::HttpResponse& response) { status = response.status; });
  CHECK(status == 200);
  REQUIRE(sink.batches().size() == 1);
  CHECK(sink.batches()[0]->project == "shop");
}
