#include "libobs/app/log.h"

#include <catch2/catch.hpp>

#include "libobs/codec/ndjson.h"
#include "tests/unit/app/capture.h"

namespace obs::app {
namespace {

using model::KeyValue;
using model::Value;

TEST_CASE("a message in a pipe is a record that obs can eat", "[app][log]") {
  const KeyValue fields[] = {{"batches", Value::integer(3)}, {"peer", Value::string("a \"b\"")}};
  const std::string line = to_log_record("obs-store", 0, Level::kWarn, "redis is away\n", fields);
  CHECK(line == R"({"signal":"log","time":"1970-01-01T00:00:00.000000000Z","service":"obs-store",)"
                R"("severity":"warn","severity_number":13,"body":"redis is away\n",)"
                R"("attributes":{"batches":3,"peer":"a \"b\""}})"
                "\n");
  codec::NdjsonDecoder decoder;
  CHECK(decoder.add_line(std::string_view(line).substr(0, line.size() - 1), 0));
  CHECK(decoder.size() == 1);
}

TEST_CASE("a message on a terminal is plain text", "[app][log]") {
  const KeyValue fields[] = {{"batches", Value::integer(3)}, {"peer", Value::string("x:1")}};
  CHECK(to_log_line("obs-store", "redis is away", fields) ==
        "obs-store: redis is away batches=3 peer=x:1\n");
}

TEST_CASE("messages below the level are left out and bad text is mended", "[app][log]") {
  Capture err(2);
  const Log log("obs-test", Level::kWarn);
  log.info("unseen");
  log.error("bad \xff byte");
  const std::string text = err.text();
  CHECK(text.find("unseen") == std::string::npos);
  CHECK_THAT(text, Catch::Contains("bad \xEF\xBF\xBD byte"));
}

}  // namespace
}  // namespace obs::app
