#include "libobs/proto/http2_session.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/proto/http2_fixture.h"

using namespace obs;
using namespace obs::proto;
using namespace obs::proto::test;
using namespace std::literals;

TEST_CASE("a connection's protocol is known as soon as its bytes tell it", "[proto][http2]") {
  struct Case {
    std::string_view bytes;
    HttpVersion version;
  };
  for (const Case& c : {
           Case{"", HttpVersion::kUnknown},
           Case{"P", HttpVersion::kUnknown},
           Case{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r", HttpVersion::kUnknown},
           Case{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HttpVersion::kHttp2},
           Case{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", HttpVersion::kHttp2},
           Case{"PO", HttpVersion::kHttp1},
           Case{"GET / HTTP/1.1\r\n", HttpVersion::kHttp1},
           Case{"\x16\x03\x01", HttpVersion::kHttp1},
       }) {
    CAPTURE(c.bytes);
    CHECK(find_http_version(c.bytes) == c.version);
  }
}

TEST_CASE("an HTTP/2 request is answered and the connection goes on", "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/a?b=c", {{"x-api-key", "k"}}));
  CHECK(f.output() == "1 200, 1 data 2 end");
  f.feed(post(3, "/b", "body"));
  CHECK(f.output() == "3 200, 3 data 2 end");
  CHECK(f.reader.body == "/a/b");
  const HttpRequest& first = f.handler.requests.at(0);
  CHECK(first.method == "GET");
  CHECK(first.query == "b=c");
  CHECK(first.header("X-Api-Key") == "k");
  CHECK(first.header("host") == "a");
  CHECK(first.version == 2);
  CHECK(f.handler.requests.at(1).body == "body");
  CHECK(f.session.wants_input());
  CHECK_FALSE(f.session.over());
  CHECK(f.session.unanswered() == 0);
  CHECK(f.budget.used() == 0);
}

TEST_CASE("HTTP/2 requests come out alike however their bytes were cut", "[proto][http2]") {
  const std::string bytes = greeting() + post(1, "/a", std::string(3000, 'x')) + get(3, "/b") +
                            open_post(5, "/c") + data(5, "12") + data(5, "", true);
  for (const std::size_t step : {1, 2, 3, 7, 100, 5000}) {
    CAPTURE(step);
    Fixture f({}, false);
    for (std::size_t at = 0; at < bytes.size(); at += step) f.feed(bytes.substr(at, step));
    f.output();
    REQUIRE(f.handler.requests.size() == 3);
    CHECK(f.handler.requests[0].body.size() == 3000);
    CHECK(f.handler.requests[2].body == "12");
    CHECK(f.reader.body == "/a/b/c");
  }
}

TEST_CASE("HTTP/2 answers leave as they come, each on its stream", "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/later") + get(3, "/later") + get(5, "/now"));
  CHECK(f.output() == "5 200, 5 data 4 end");
  CHECK(f.session.unanswered() == 2);
  f.answer(1, "second");
  CHECK(f.output() == "3 200, 3 data 6 end");
  f.answer(0, "");
  CHECK(f.output() == "1 200 end");
  f.answer(0, "again");
  CHECK(f.output().empty());
}

TEST_CASE("trailers follow the body; without a body one frame has all", "[proto][http2]") {
  Fixture f;
  f.feed(post(1, "/trailers", "12345") + post(3, "/trailers", ""));
  CHECK(f.output() == "1 200, 3 200 {grpc-status=0} end, 1 data 5, 1 {grpc-status=0} end");
}

TEST_CASE("a long answer goes out as the peer opens its window", "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/later"));
  f.answer(0, std::string(100'000, 'b'));
  CHECK(f.output() == "1 200, 1 data 16384, 1 data 16384, 1 data 16384, 1 data 16383");
  CHECK_FALSE(f.session.over());
  f.feed(frame(kWindowUpdate, kNone, 0, number(100'000, 4)) +
         frame(kWindowUpdate, kNone, 1, number(100'000, 4)));
  CHECK(f.output() == "1 data 16384, 1 data 16384, 1 data 1697 end");
}

TEST_CASE("a refusal comes before the body, whose rest is dropped", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.skipped_bytes = 1000;
  Fixture f(limits);
  f.feed(open_post(1, "/no"));
  CHECK(f.output() == "1 404, 1 data 2 end");
  f.feed(data(1, std::string(900, 'x')));
  CHECK(f.output().empty());
  f.feed(data(1, std::string(200, 'x')));
  CHECK(f.output() == "reset 1 0");
  CHECK(f.handler.requests.empty());
  CHECK(f.budget.used() == 0);
}

TEST_CASE("a reset request is forgotten, and its late answer goes nowhere", "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/later") + frame(kReset, kNone, 1, number(8, 4)));
  CHECK(f.output().empty());
  f.answer(0, "late");
  CHECK(f.output().empty());
  CHECK(f.session.unanswered() == 0);
  CHECK(f.budget.used() == 0);
}

TEST_CASE("a session that finishes says so, answers what is under way, and is over",
          "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/later"));
  f.session.finish();
  CHECK(f.output() == "goaway 0");
  CHECK_FALSE(f.session.over());
  f.feed(get(3, "/a"));  // Sent before the peer knew: it will send it elsewhere.
  CHECK(f.output().empty());
  f.answer(0, "done");
  CHECK(f.output() == "1 200, 1 data 4 end");
  CHECK(f.session.over());
  CHECK(f.handler.requests.size() == 1);
}

TEST_CASE("a peer that has closed its side still gets its answers", "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/later") + open_post(3, "/a"));
  f.session.end_input();
  CHECK_FALSE(f.session.over());
  f.answer(0, "done");
  CHECK(f.output() == "1 200, 1 data 4 end");
  CHECK(f.session.over());
  CHECK_FALSE(f.session.lingers());
}

TEST_CASE("a body is told piece by piece to who asked for it, and answered so", "[proto][http2]") {
  Fixture f;
  f.feed(open_post(1, "/open") + data(1, "12345"));
  const std::uint64_t ticket = f.handler.open.at(0);
  CHECK(f.handler.told == "1:5 ");
  f.session.begin_answer(ticket, {200, {}, ""});
  CHECK(f.output() == "1 200");
  f.session.send(ticket, "abc");
  CHECK(f.output() == "1 data 3");
  f.feed(data(1, "6", true));
  CHECK(f.handler.told == "1:5 1:1 1 end ");
  f.session.answer(ticket, {200, {}, "", {{"grpc-status", "0"}}});
  CHECK(f.output() == "1 {grpc-status=0} end");
  CHECK(f.budget.used() == 0);
  CHECK(f.session.unanswered() == 0);
}

TEST_CASE("a piece that was not dealt with keeps the window of its stream shut", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.stream_window = 1000;
  Fixture f(limits);
  f.feed(open_post(1, "/open") + data(1, std::string(900, 'x')));
  CHECK(f.output().empty());
  const std::size_t charged = f.budget.used();
  f.session.take(f.handler.open.at(0), 900);
  CHECK(f.output() == "window 1 900");
  CHECK(charged - f.budget.used() == 900);
  f.feed(data(1, std::string(1001, 'x')));
  CHECK(f.output() == "reset 1 3");  // FLOW_CONTROL_ERROR.
  CHECK(f.handler.told.ends_with("1 gone "));
}

TEST_CASE("who answers piece by piece hears of the end that others make", "[proto][http2]") {
  Fixture f;
  f.feed(open_post(1, "/open") + open_post(3, "/open"));
  f.feed(frame(kReset, kNone, 1, number(8, 4)));
  CHECK(f.handler.told == "1 gone ");
  f.session.finish();
  CHECK(f.handler.told == "1 gone 3 drain ");
  f.session.answer(3, {503, {}, ""});
  f.output();
  f.feed(data(3, "", true));
  CHECK(f.session.over());
}
