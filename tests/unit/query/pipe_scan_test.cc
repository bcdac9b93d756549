#include "libobs/query/pipe_scan.h"

#include <string>

#include <catch2/catch.hpp>

#include "libobs/lang/parser.h"
#include "tests/unit/query/reader_fixture.h"

namespace obs::query {
namespace {

using model::Signal;

// What a program makes of the logs of a store.
std::string run(Reader& reader, const std::string& text) {
  auto program = lang::parse(text);
  auto again = lang::parse(text);
  REQUIRE(program);
  auto plan = lang::compile(std::move(*again), {});
  REQUIRE(plan);
  auto scan = PipeScan::open(reader, *program, Signal::kLogs, {}, 0);
  REQUIRE(scan);
  std::string lines;
  lang::PumpOptions options;
  options.write = [&](std::string_view more) -> Result<void> {
    lines += more;
    return {};
  };
  REQUIRE(lang::pump(*plan, **scan, options));
  return lines;
}

}  // namespace

TEST_CASE("bodies that are no text are left to the program, the others to the store",
          "[query][pipe]") {
  StoreFixture store;
  store.write_lines(
      R"({"signal":"log","time":"2026-11-22T10:00:00Z","body":"certificate expires soon"}
{"signal":"log","time":"2026-11-22T10:00:01Z","body":"all is well"}
{"signal":"log","time":"2026-11-22T10:00:02Z","body":{"msg":"the certificate expires","n":1}}
{"signal":"log","time":"2026-11-22T10:00:03Z","body":{"msg":"no \"certificate\"","n":2}}
)");
  const auto check = [&](Reader& reader) {
    CHECK(run(reader, "logs | where body contains \"certificate expires\" | stats count() as n") ==
          "{\"n\":2}\n");
    CHECK(run(reader, "logs | where body has \"certificate\" | stats count() as n") ==
          "{\"n\":3}\n");
    CHECK(run(reader, "logs | where body has \"well\" | stats count() as n") == "{\"n\":1}\n");
    CHECK(run(reader, "logs | where body.n == 2 | stats count() as n") == "{\"n\":1}\n");
  };
  check(*store.read());
  store.flush();
  check(*store.read());
}

TEST_CASE("an attribute that no part has is found where it is: in the log", "[query][keys]") {
  StoreFixture store;
  for (const char* line :
       {R"({"signal":"log","time":"2026-11-22T10:00:00Z","body":"x","attributes":{"a":"1"}})",
        R"({"signal":"log","time":"2026-11-22T10:00:01Z","body":"x","attributes":{"b":1.5}})",
        R"({"signal":"log","time":"2026-11-22T10:00:02Z","body":"x","attributes":{"$c":[1]}})"}) {
    store.write_lines(std::string(line) + "\n");
    store.flush();
  }
  store.write_lines(
      R"({"signal":"log","time":"2026-11-22T10:00:03Z","body":"x","attributes":{"d":"4"}})"
      "\n");
  const auto reader = store.read();
  const auto count = [&](const std::string& key) {
    return store.ask(*reader, "SELECT count(attributes['" + key + "']) FROM logs");
  };
  for (const char* key : {"a", "b", "$c", "d"}) {
    INFO(key);
    CHECK(count(key) == std::vector<std::string>{"1"});
  }
  CHECK(count("e") == std::vector<std::string>{"0"});
  CHECK(store.ask(*reader, "SELECT attributes['d'] FROM logs WHERE attributes['d'] = '4'") ==
        std::vector<std::string>{"4"});
  CHECK(run(*reader, "logs | where d == \"4\" | stats count() as n by d") ==
        "{\"d\":\"4\",\"n\":1}\n");
}

}  // namespace obs::query
