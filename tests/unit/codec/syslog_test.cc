#include "libobs/codec/syslog.h"

#include <catch2/catch.hpp>

#include "libobs/codec/syslog_frame.h"
#include "tests/unit/codec/record_lines.h"

using namespace obs;
using namespace obs::codec;
using Catch::Matchers::Contains;
using namespace std::string_view_literals;

namespace {

// 2025-11-22T10:16:40Z
constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

std::string line_of(std::string_view message, Timestamp received = kReceived, Duration offset = 0) {
  SyslogDecoder decoder;
  decoder.add(message, {received, offset, "192.0.2.7"});
  return record_lines(decoder.take());
}

}  // namespace

TEST_CASE("syslog messages become records", "[codec][syslog]") {
  struct Case {
    const char* message;
    std::vector<const char*> expected;
  };
  const Case cases[] = {
      // RFC 5424, 6.5.
      {"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xEF\xBB\xBF'su root' "
       "failed",
       {R"("time":"2003-10-11T22:14:15.003000000Z","service":"su")", R"("severity_number":18)",
        R"("severity_text":"crit")", R"("body":"'su root' failed")", R"("syslog.msg_id":"ID47")",
        R"("syslog.facility":"auth")", R"("resource":{"host.name":"mymachine.example.com"})"}},
      {"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time",
       {R"("time":"2003-08-24T12:14:15.000003000Z")", R"("process.pid":8710)",
        R"("body":"%% It's time")", R"("syslog.facility":"local4")"}},
      {R"(<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [a@32473 iut="3" s="\"x\]\\y"][b@1 k="v"] An event)",
       {R"("a@32473.iut":"3")", R"("a@32473.s":"\"x]\\y")", R"("b@1.k":"v")",
        R"("body":"An event")"}},
      {R"(<165>1 - - - - - [a@1])", {R"("body":"")", R"("network.peer.address":"192.0.2.7")"}},
      {R"(<13>1 - h a - - [broken x=1] rest)", {R"("body":"[broken x=1] rest")"}},
      {"<13>1 notatime h a - - - m", {R"("body":"1 notatime h a - - - m")"}},
      // RFC 3164, and what is sent under its name.
      {"<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
       {R"("time":"2025-10-11T22:14:15.000000000Z","service":"su")", R"("body":"'su root' failed")",
        R"("host.name":"mymachine")"}},
      {"<86>Nov  2 03:04:05 web-3 sshd[4123]: Accepted publickey",
       {R"("service":"sshd")", R"("process.pid":4123)", R"("body":"Accepted publickey")"}},
      {"<86>Nov  2 03:04:05 sshd[4123]: no host", {R"("service":"sshd")", R"("body":"no host")"}},
      {"<86>2025-11-02T03:04:05.123+01:00 web-3 app[x]: m",
       {R"("time":"2025-11-02T02:04:05.123000000Z")", R"("syslog.proc_id":"x")"}},
      {"<189>Nov  2 2024 03:04:05 fw : %ASA-5: built",
       {R"("time":"2024-11-02T03:04:05)", R"("host.name":"fw")"}},
      {"<13>just words: here", {R"("body":"just words: here")", R"("severity_text":"notice")"}},
      {"<13>tag: words", {R"("service":"tag")", R"("body":"words")"}},
      {"<11>Nov  2 03:04:05 web-3 \tat a.B.c",
       {R"("host.name":"web-3")", R"("body":"\tat a.B.c")"}},
      {"<11>Nov  2 03:04:05 web-3 \tjava.lang.E: x", {R"("body":"\tjava.lang.E: x")"}},
      {"no priority at all", {R"("body":"no priority at all")"}},
      {"<192>too high", {R"("body":"<192>too high")"}},
      {"<>x", {R"("body":"<>x")"}},
      {"<13>\xFF!\n", {"\"body\":\"\xEF\xBF\xBD!\""}},
  };
  for (const Case& c : cases) {
    INFO(c.message);
    const std::string line = line_of(c.message);
    for (const char* part : c.expected) CHECK_THAT(line, Contains(part));
  }
}

TEST_CASE("a BSD time gets the year that brings it nearest", "[codec][syslog]") {
  const auto at = [](const char* text) { return *parse_rfc3339(text); };
  CHECK_THAT(line_of("<13>Dec 31 23:59:59 h a: m", at("2026-01-01T00:00:01Z")),
             Contains(R"("time":"2025-12-31T23:59:59)"));
  CHECK_THAT(line_of("<13>Jan  1 00:00:01 h a: m", at("2025-12-31T23:59:59Z")),
             Contains(R"("time":"2026-01-01T00:00:01)"));
  CHECK_THAT(line_of("<13>Feb 29 12:00:00 h a: m", at("2025-03-01T00:00:00Z")),
             Contains(R"("time":"2024-02-29T12:00:00)"));
  CHECK_THAT(line_of("<13>Jun  1 12:00:00 h a: m", at("2025-06-01T10:00:00Z"), 2 * kHour),
             Contains(R"("time":"2025-06-01T10:00:00)"));
}

TEST_CASE("blank syslog messages are nothing", "[codec][syslog]") {
  for (const char* text : {"", " ", "\n", "\r\n"}) CHECK(line_of(text).empty());
}

TEST_CASE("syslog framing waits for the whole message at every cut", "[codec][syslog]") {
  for (const std::string_view whole : {"11 hello world", "<13>hello world\n"}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      std::string_view input = whole.substr(0, cut);
      const auto frame = next_syslog_frame(input);
      REQUIRE(frame);
      CHECK_FALSE(*frame);
      CHECK(input.size() == cut);
    }
  }
}

TEST_CASE("syslog framing takes either kind, one after the other", "[codec][syslog]") {
  std::string_view input = "5 <13>a<13>b\n<13>c\r\n\n3 <1>12 angry men\n<13>d\0<13>e"sv;
  std::vector<std::string> frames;
  for (;;) {
    const auto frame = next_syslog_frame(input);
    REQUIRE(frame);
    if (!*frame) break;
    frames.emplace_back(**frame);
  }
  CHECK(frames ==
        std::vector<std::string>{"<13>a", "<13>b", "<13>c\r", "", "<1>", "angry men\n<1", "3>d"});
  CHECK(input == "<13>e");
}

TEST_CASE("syslog framing gives up on what can never be a message", "[codec][syslog]") {
  std::string_view length = "999999999 x";
  CHECK(next_syslog_frame(length).error().code == Errc::kLimitExceeded);
  const std::string endless(101, 'x');
  std::string_view text = endless;
  CHECK(next_syslog_frame(text, 100).error().code == Errc::kLimitExceeded);
  std::string_view at_limit = std::string_view(endless).substr(1);
  CHECK(next_syslog_frame(at_limit, 100));
  std::string_view no_length = "123456789012 text\n";
  CHECK(*next_syslog_frame(no_length) == "123456789012 text");
}
