#include "libobs/api/health.h"

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;
using obs::pipeline::Health;

namespace {

struct Fixture {
  proto::HttpResponse get(std::string path, std::string method = "GET") {
    proto::HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    return admin.answer_all(request);
  }

  std::vector<Health> dependencies = {{"dir:./data", true, ""},
                                      {"redis://127.0.0.1:6379/0", true, ""}};
  Registry registry;
  AdminHandler admin{"obs-ingest", "0.1.0", registry, [this] { return dependencies; }};
};

}  // namespace

TEST_CASE("health names each dependency and answers 200 whatever they say", "[api]") {
  Fixture f;
  CHECK(f.get("/health").status == 200);
  CHECK(f.get("/health").body ==
        R"({"status":"ok","service":"obs-ingest","version":"0.1.0","dependencies":[)"
        R"({"name":"dir:./data","ready":true},{"name":"redis://127.0.0.1:6379/0","ready":true}]})"
        "\n");
  f.dependencies[1] = {"redis://127.0.0.1:6379/0", false, "connection \"refused\"\xff"};
  CHECK(f.get("/health").status == 200);
  CHECK_THAT(f.get("/health").body,
             Contains(R"("status":"degraded")") &&
                 Contains(R"("ready":false,"detail":"connection \"refused\")"));
}

TEST_CASE("ready is 503 while a dependency is not, and names just those", "[api]") {
  Fixture f;
  CHECK(f.get("/ready").status == 200);
  f.dependencies[0] = {"dir:./data", false, "no space left on device"};
  const auto response = f.get("/ready");
  CHECK(response.status == 503);
  CHECK(proto::find_header(response.headers, "Retry-After") == "1");
  CHECK(response.body == R"({"status":"not ready","dependencies":[{"name":"dir:./data",)"
                         R"("ready":false,"detail":"no space left on device"}]})"
                         "\n");
}

TEST_CASE("metrics are the registry in Prometheus' text format", "[api]") {
  Fixture f;
  f.registry.counter("obs_test_total", "A test.").add(3);
  const auto response = f.get("/metrics");
  CHECK(response.status == 200);
  CHECK_THAT(std::string(proto::find_header(response.headers, "Content-Type")),
             Catch::Matchers::StartsWith("text/plain; version=0.0.4"));
  CHECK_THAT(response.body, Contains("obs_test_total 3\n"));
}

TEST_CASE("the pages take GET and HEAD; other paths are no pages", "[api]") {
  Fixture f;
  for (const char* path : {"/health", "/ready", "/metrics"}) {
    CHECK(f.get(path, "HEAD").status == 200);
    const auto refused = f.get(path, "POST");
    CHECK(refused.status == 405);
    CHECK(proto::find_header(refused.headers, "Allow") == "GET, HEAD");
  }
  CHECK(f.get("/").status == 404);
  proto::HttpRequest other;
  other.path = "/v1/logs";
  CHECK_FALSE(f.admin.answer(other));
}
