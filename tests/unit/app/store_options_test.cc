#include "libobs/app/store_options.h"

#include <catch2/catch.hpp>

namespace obs::app {
namespace {

Result<store::WriterOptions> apply(std::string retain) {
  StoreOptions options;
  options.retain = {std::move(retain)};
  store::WriterOptions writer;
  OBS_TRY_VOID(options.apply(writer));
  return writer;
}

}  // namespace

TEST_CASE("a standing policy's condition is compiled as a query's is", "[app][store]") {
  const auto writer = apply("logs=7d where service == 'x' and attributes['user.id'] = '7'");
  REQUIRE(writer);
  const store::RetainPolicy& policy = writer->retain.at(0);
  CHECK(policy.max_age == 7 * kDay);
  CHECK(policy.choice.signals == std::vector{model::Signal::kLogs});
  CHECK(policy.choice.condition.find("service") != std::string::npos);
}

TEST_CASE("a condition that does not parse, may do harm, or means every record is refused",
          "[app][store]") {
  for (const char* retain :
       {"7d where no_such = 1", "logs=7d where duration_ns > 1", "7d where",
        "7d where service =", "7d where true", "7d where 1 = 1", "7d where now() > now()",
        "7d where service = 'x'; DROP TABLE logs",
        "7d where (SELECT count(*) FROM read_csv('x')) > 0",
        "7d where read_text('/etc/passwd') = service", "logs=soon where service = 'x'"}) {
    INFO(retain);
    const auto writer = apply(retain);
    REQUIRE_FALSE(writer);
    CHECK(writer.error().code == Errc::kInvalidArgument);
    CHECK(writer.error().message.starts_with("--retain"));
  }
}

}  // namespace obs::app
