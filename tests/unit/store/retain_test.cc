// Retention that goes on by itself, with conditions.

#include "libobs/store/retain.h"

#include <catch2/catch.hpp>

#include "tests/unit/store/care_fixture.h"

namespace obs::store {
namespace {

RetainPolicy keep(Duration max_age, std::string condition,
                  std::vector<model::Signal> signals = {}) {
  RetainPolicy policy;
  policy.max_age = max_age;
  policy.choice.condition = std::move(condition);
  policy.choice.signals = std::move(signals);
  return policy;
}

std::string bodies(const std::string& dir) {
  return ask_store(
      dir, "SELECT split_part(body, ' ', 1) AS a, count(*) FROM logs GROUP BY 1 ORDER BY 1");
}

}  // namespace

TEST_CASE("a standing policy may have a condition, which is told apart from its limit",
          "[store][retain]") {
  const auto policy = parse_retain_policy("logs=7d where service = 'x' and body has ' where '");
  REQUIRE(policy);
  CHECK(policy->max_age == 7 * kDay);
  CHECK(policy->choice.signals == std::vector{model::Signal::kLogs});
  CHECK(policy->choice.condition == "service = 'x' and body has ' where '");
  CHECK(parse_retain_policy("1GB WHERE true")->choice.condition == "true");
  CHECK(parse_retain_policy("1GB")->choice.condition.empty());
  for (const char* text : {"logs=7d where ", "where a = 1", " where a = 1", "logs where a = 1"}) {
    INFO(text);
    CHECK_FALSE(parse_retain_policy(text));
  }
}

TEST_CASE("a condition is about the signals that have its columns", "[store][retain]") {
  std::vector<RetainPolicy> policies = {keep(kDay, "duration_ns > 5"), keep(kDay, "service = 'x'"),
                                        keep(kDay, "attributes['k'] = 'v' AND has(body, 'word')"),
                                        keep(kDay, "")};
  REQUIRE(settle_policies(policies));
  CHECK(policies[0].choice.signals == std::vector{model::Signal::kSpans});
  CHECK(policies[1].choice.signals.size() == model::kSignalCount);
  CHECK(policies[2].choice.signals == std::vector{model::Signal::kLogs});
  CHECK(policies[3].choice.signals.empty());
}

TEST_CASE("a condition over columns that there are not is refused before the store is touched",
          "[store][retain]") {
  for (const RetainPolicy& policy :
       {keep(kDay, "no_such = 1"), keep(kDay, "duration_ns > 5", {model::Signal::kLogs}),
        keep(kDay, "body > ")}) {
    INFO(policy.choice.condition);
    TemporaryDir dir;
    Registry registry;
    WriterOptions options = manual_options();
    options.retain = {policy};
    const auto writer = Writer::open(system_fs(), system_clock(), dir / "data", registry, options);
    REQUIRE_FALSE(writer);
    CHECK(writer.error().code == Errc::kInvalidArgument);
    CHECK_FALSE(system_fs().exists(dir / "data"));
  }
}

TEST_CASE("a standing policy with a condition removes what it is about, in parts of any age",
          "[store][retain]") {
  TemporaryDir dir;
  Registry registry;
  const Timestamp now = system_clock().now();
  {
    auto writer = open_writer(dir / "data", registry, small_options());
    REQUIRE(write_and_wait(*writer, make_logs(20, "noise", now - 60 * kDay)));
    REQUIRE(write_and_wait(*writer, make_logs(20, "audit", now - 60 * kDay)));
    REQUIRE(writer->flush());
    REQUIRE(write_and_wait(*writer, make_logs(20, "noise", now - kHour)));
    REQUIRE(writer->close());
  }
  WriterOptions options = small_options();
  options.retain = {keep(7 * kDay, "body LIKE 'noise%'")};
  auto writer = open_writer(dir / "data", registry, options);
  wait_until([&] { return bodies(dir / "data") == "\"audit\"|20\n\"noise\"|20\n"; });
  CHECK(writer->health().at(0).detail.empty());
  // What comes late is found when the policy is applied again, as the next writer does.
  REQUIRE(write_and_wait(*writer, make_logs(5, "noise", now - 50 * kDay)));
  REQUIRE(writer->close());
  writer = open_writer(dir / "data", registry, options);
  wait_until([&] { return bodies(dir / "data") == "\"audit\"|20\n\"noise\"|20\n"; });
}

TEST_CASE("a policy that stands reads an old part without such records once", "[store][retain]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  const Timestamp then = system_clock().now() - 60 * kDay;
  REQUIRE(write_and_wait(*writer, make_logs(20, "audit", then)));
  REQUIRE(writer->flush());
  CareRequest request = make_request(Task::kRetain, where("body LIKE 'noise%'"));
  request.policy.max_age = 7 * kDay;
  request.policy.patience = kDay;
  CHECK(find_count(run(*writer, request), "rows_removed") == 0);
  CHECK(find_count(run(*writer, request), "rows_removed") == 0);
  // Another part, and another condition, are read.
  REQUIRE(write_and_wait(*writer, make_logs(3, "noise", then)));
  CHECK(find_count(run(*writer, request), "rows_removed") == 3);
  request.policy.choice.condition = "body LIKE 'audit%'";
  CHECK(find_count(run(*writer, request), "rows_removed") == 20);
}

}  // namespace obs::store
