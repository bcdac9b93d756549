#include "libobs/model/ids.h"

#include <catch2/catch.hpp>

namespace obs::model {
namespace {

TEST_CASE("an id reads back from its lower-case hex", "[model][ids]") {
  TraceId trace;
  REQUIRE(parse_id("0AF7651916cd43dd8448eb211c80319c", trace));
  CHECK(to_hex(trace) == "0af7651916cd43dd8448eb211c80319c");
  SpanId span;
  REQUIRE(parse_id("b7ad6b7169203331", span));
  CHECK(to_hex(span) == "b7ad6b7169203331");
}

TEST_CASE("an absent id is no text", "[model][ids]") {
  CHECK(to_hex(TraceId{}).empty());
  CHECK(to_hex(SpanId{}).empty());
  CHECK(to_hex(BatchId{}).empty());
  CHECK(SpanId{}.is_zero());
}

TEST_CASE("an id of another length or alphabet is refused", "[model][ids]") {
  SpanId span;
  for (const char* text : {"", "b7ad6b716920333", "b7ad6b71692033311", "b7ad6b716920333g",
                           "0af7651916cd43dd8448eb211c80319c"}) {
    INFO(text);
    CHECK_FALSE(parse_id(text, span));
  }
}

}  // namespace
}  // namespace obs::model
