#include "libobs/codec/journal_export.h"

#include <catch2/catch.hpp>

#include "tests/unit/codec/record_lines.h"

using namespace obs;
using namespace obs::codec;
using Catch::Matchers::Contains;
using namespace std::string_view_literals;

namespace {

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

std::string read(std::string_view input) { return told(decode_journal_export(input, kReceived)); }

}  // namespace

TEST_CASE("entries of the journal become records", "[codec][journal]") {
  const std::string line = read(
      "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1423944916375353\n_SOURCE_REALTIME_TIMESTAMP="
      "1423944916372858\n"
      "_MACHINE_ID=4badba\n_HOSTNAME=web-3\nPRIORITY=4\nSYSLOG_IDENTIFIER=sudo\n_SYSTEMD_UNIT=u."
      "service\n"
      "_PID=12\nCODE_FILE=a.c\nCODE_LINE=7\nCODE_FUNC=main\nMESSAGE=hello\n\n");
  for (const char* part :
       {R"("time":"2015-02-14T20:15:16.372858000Z")",
        R"("observed_time":"2015-02-14T20:15:16.375353000Z")", R"("service":"sudo")",
        R"("severity_number":13,"severity_text":"warning")", R"("body":"hello")",
        R"("process.pid":12)", R"("code.file.path":"a.c")", R"("code.line.number":7)",
        R"("code.function.name":"main")", R"("_SYSTEMD_UNIT":"u.service")", R"("__CURSOR":"s=1")",
        R"("resource":{"host.name":"web-3","host.id":"4badba"})"}) {
    CHECK_THAT(line, Contains(part));
  }
}

TEST_CASE("fields of the journal may be binary", "[codec][journal]") {
  const std::string_view input =
      "MESSAGE\n\x05\0\0\0\0\0\0\0a\nb=c\nBLOB\n\x02\0\0\0\0\0\0\0\xFF\x01\n\nMESSAGE=next\n"sv;
  const std::string lines = read(input);
  CHECK_THAT(lines, Contains(R"("body":"a\nb=c")"));
  CHECK_THAT(lines, Contains(R"("BLOB":{"$bytes":"/wE="})"));
  CHECK_THAT(lines, Contains(R"("body":"next")"));
}

TEST_CASE("what is no export of the journal is malformed where it ceases to be one",
          "[codec][journal]") {
  struct Case {
    std::string_view input;
    std::string_view expected;
  };
  const Case cases[] = {
      {"no name\n", "expected the name of a field at byte 0"},
      {"A=1\n=2\n", "expected the name of a field at byte 4"},
      {"A", "a field has no value at byte 0"},
      {"A\n\1\0\0", "the length of a field is cut short at byte 2"},
      {{"A\n\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx", 11}, "a field runs past the end at byte 2"},
      {{"A\n\1\0\0\0\0\0\0\0xy", 12}, "expected a newline behind a field at byte 11"},
  };
  for (const Case& c : cases) CHECK(read(c.input) == c.expected);
  CHECK(read("").empty());
  CHECK(read("\n\n\n").empty());
}
