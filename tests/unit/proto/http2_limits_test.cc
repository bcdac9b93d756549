// What an HTTP/2 peer can make a session hold or do, and where that ends.

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/proto/http2_fixture.h"

using namespace obs;
using namespace obs::proto;
using namespace obs::proto::test;
using namespace std::literals;

namespace {

std::string repeat(std::string_view bytes, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += bytes;
  return out;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

Fields many_fields(std::size_t count, std::size_t size) {
  Fields fields;
  for (std::size_t i = 0; i < count; ++i)
    fields.emplace_back(fmt::format("x-{}", i), std::string(size, 'v'));
  return fields;
}

}  // namespace

TEST_CASE("HTTP/2 heads beyond a limit are refused", "[proto][http2]") {
  struct Case {
    std::string_view name;
    std::string bytes;
    std::string answer;
  };
  const std::string long_path = "/" + std::string(9000, 'p');
  for (const Case& c : {
           Case{"too many fields", get(1, "/a", many_fields(101, 1)), "1 431, 1 data 7 end"},
           Case{"too long", get(1, "/a", many_fields(1, 16'300)), "1 431, 1 data 7 end"},
           Case{"a long target", get(1, long_path), "1 414, 1 data 7 end"},
           Case{"no path", get(1, "nowhere"), "reset 1 1"},
           Case{"a broken escape", get(1, "/%G0"), "1 400, 1 data 7 end"},
           Case{"an expectation", get(1, "/a", {{"expect", "miracles"}}), "1 417, 1 data 7 end"},
           Case{"an upper-case name", get(1, "/a", {{"X-Key", "k"}}), "reset 1 1"},
           Case{"a header of the connection", get(1, "/a", {{"connection", "close"}}), "reset 1 1"},
           Case{"a length that is no number", open_post(1, "/a", {{"content-length", "x"}}),
                "reset 1 1"},
           Case{"two lengths",
                open_post(1, "/a", {{"content-length", "1"}, {"content-length", "2"}}),
                "reset 1 1"},
           Case{"more body than announced",
                open_post(1, "/a", {{"content-length", "1"}}) + data(1, "12", true), "reset 1 1"},
           Case{"less body than announced",
                open_post(1, "/a", {{"content-length", "3"}}) + data(1, "12", true), "reset 1 1"},
       }) {
    CAPTURE(c.name);
    Fixture f;
    f.feed(c.bytes);
    CHECK(f.output() == c.answer);
    CHECK(f.handler.requests.empty());
    CHECK(f.budget.used() == 0);
    f.feed(get(11, "/after"));  // The connection lives on.
    CHECK(f.output() == "11 200, 11 data 6 end");
  }
}

TEST_CASE("HTTP/2 bodies beyond a limit are answered early", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.body_bytes = 1000;
  Fixture f(limits);
  f.feed(open_post(1, "/a", {{"content-length", "1001"}}));
  CHECK(f.output() == "1 413, 1 data 7 end");
  f.feed(open_post(3, "/a") + data(3, std::string(1001, 'x'), true));
  CHECK(f.output() == "3 413, 3 data 7 end");
  CHECK(f.budget.used() == 0);
  CHECK(f.handler.requests.empty());

  Fixture full(limits, true, 500);
  full.feed(open_post(1, "/a", {{"content-length", "501"}}));
  CHECK(full.output() == "1 503, 1 data 7 end");
  full.feed(open_post(3, "/a") + data(3, std::string(600, 'x')));
  CHECK(full.output() == "3 503, 3 data 7 end");
  CHECK(full.budget.used() == 0);
  CHECK(full.handler.requests.empty());
}

TEST_CASE("a body is charged to the budget until its answer, heads too", "[proto][http2]") {
  Fixture f;
  f.feed(open_post(1, "/later") + data(1, std::string(3000, 'x')));
  CHECK(f.budget.used() > 3000);
  CHECK(f.budget.used() < 3500);
  f.feed(data(1, "", true));
  CHECK(f.budget.used() > 3000);
  f.answer(0, "");
  CHECK(f.budget.used() == 0);
  {
    Fixture gone;
    gone.feed(post(1, "/later", "123") + open_post(3, "/a"));
    MemoryBudget& shared = gone.budget;
    CHECK(shared.used() > 0);
  }
}

TEST_CASE("the budget gets back what a connection held that is gone", "[proto][http2]") {
  Handler handler;
  MemoryBudget budget{100'000};
  {
    Http2Session session(handler, budget);
    handler.session = &session;
    session.feed(as_bytes(greeting() + post(1, "/later", "123") + open_post(3, "/a")));
    CHECK(budget.used() > 0);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("a slow handler shuts the window of the connection", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.connection_window = 100'000;
  Fixture f(limits, true, 1'000'000);
  const std::string body(16'000, 'x');
  std::uint32_t id = 1;
  for (int i = 0; i < 7; ++i, id += 2) f.feed(post(id, "/later", body));
  const std::string before = f.output();
  for (int i = 0; i < 3; ++i, id += 2) f.feed(post(id, "/later", body));
  CHECK_FALSE(contains(f.output(), "window 0"));
  for (std::size_t i = 0; i < 6; ++i) f.answer(i, "");
  const std::string after = f.output();
  CAPTURE(before, after);
  CHECK(contains(after, "window 0 "));
}

TEST_CASE("one body may be longer than every window", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.connection_window = 70'000;
  limits.stream_window = 70'000;
  Fixture f(limits, true, 1'000'000);
  f.feed(open_post(1, "/a"));
  for (int i = 0; i < 30; ++i) {
    f.feed(data(1, std::string(16'000, 'x')));
    f.output();
  }
  f.feed(data(1, "", true));
  CHECK(f.output() == "1 200, 1 data 2 end");
  CHECK(f.handler.requests.at(0).body.size() == 480'000);
}

TEST_CASE("streams beyond the limit are refused, to be tried again", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.streams = 2;
  Fixture f(limits, false);
  f.feed(greeting());
  f.output();
  f.feed(get(1, "/later") + get(3, "/later") + get(5, "/later"));
  CHECK(f.output() == "reset 5 7");  // REFUSED_STREAM.
  f.answer(0, "");
  f.output();
  f.feed(get(7, "/a"));
  CHECK(f.output() == "7 200, 7 data 2 end");
  f.feed(frame(kSettings, kAck, 0, "") + get(9, "/later") + get(11, "/later"));
  CHECK(f.output() == "goaway 1");  // It knows the limit now.
}

TEST_CASE("requests that are reset at once cost their sender the connection's attention",
          "[proto][http2]") {
  Http2SessionLimits limits;
  limits.streams = 10;
  Fixture f(limits);
  std::uint32_t id = 1;
  for (; id < 100 && f.session.wants_input(); id += 2)
    f.feed(get(id, "/later") + frame(kReset, kNone, id, number(8, 4)));
  CHECK(f.handler.requests.size() == 20);
  CHECK_FALSE(f.session.wants_input());
  f.answer(0, "");
  CHECK(f.session.wants_input());
}

TEST_CASE("floods of frames that carry nothing end the connection", "[proto][http2]") {
  struct Case {
    std::string_view name;
    std::string bytes;
  };
  const std::string ping = frame(kPing, kNone, 0, "12345678");
  for (const Case& c : {
           Case{"PING", repeat(ping, 100)},
           Case{"PING acks", repeat(frame(kPing, kAck, 0, "12345678"), 100)},
           Case{"SETTINGS", repeat(frame(kSettings, kNone, 0, ""), 100)},
           Case{"WINDOW_UPDATE", repeat(frame(kWindowUpdate, kNone, 0, number(1, 4)), 100)},
           Case{"PRIORITY", repeat(frame(2, kNone, 1, number(0, 5)), 100)},
       }) {
    CAPTURE(c.name);
    Fixture f;
    std::string said;
    int rounds = 0;
    for (; rounds < 100 && !f.session.over(); ++rounds) {
      f.feed(c.bytes);
      said += f.output();
    }
    CHECK(rounds < 25);
    CHECK(contains(said, "goaway 11"));  // ENHANCE_YOUR_CALM.
  }
}

TEST_CASE("empty DATA without end ends the connection", "[proto][http2]") {
  Fixture f;
  f.feed(open_post(1, "/a"));
  std::string said;
  for (int i = 0; i < 30 && !f.session.over(); ++i) {
    f.feed(repeat(data(1, ""), 100));
    said += f.output();
  }
  CHECK(contains(said, "goaway 11"));
}

TEST_CASE("frames that carry nothing are forgiven with time and with requests", "[proto][http2]") {
  Fixture f;
  const std::string ping = frame(kPing, kNone, 0, "12345678");
  for (int second = 1; second <= 10; ++second) {
    f.feed(repeat(ping, 900));
    f.output();
    f.session.tick(second * kSecond);
  }
  CHECK_FALSE(f.session.over());
  std::uint32_t id = 1;
  for (int i = 0; i < 5000; ++i, id += 2) {
    f.feed(get(id, "/a") + repeat(ping, 3));
    f.output();
  }
  CHECK_FALSE(f.session.over());
}

TEST_CASE("header blocks without end, and tables turned into bombs, end the connection",
          "[proto][http2]") {
  const std::string block = hpack(request_fields("GET", "/a"));
  {
    INFO("CONTINUATION without END_HEADERS");
    Fixture f;
    f.feed(frame(kHeaders, kEndStream, 1, block));
    CHECK(f.session.phase() == ServerSession::Phase::kHead);
    std::string said;
    for (int i = 0; i < 100 && !f.session.over(); ++i) {
      f.feed(frame(kContinuation, kNone, 1, hpack({{"x", "y"}})));
      said += f.output();
    }
    CHECK(f.session.over());
    CHECK(f.handler.requests.empty());
  }
  {
    INFO("one entry of 4,000 bytes, named 16,000 times");
    Fixture f;
    const std::string entry = '\x40' + hpack_string("x") + hpack_string(std::string(4000, 'v'));
    const std::string bomb = block + entry + std::string(12'000, '\xBE');
    f.feed(frame(kHeaders, kEndStream | kEndHeaders, 1, bomb));
    CHECK(f.output() == "reset 1 2");
    CHECK(f.handler.requests.empty());
    CHECK(f.budget.used() == 0);
  }
  {
    INFO("an index that no table has");
    Fixture f;
    f.feed(frame(kHeaders, kEndStream | kEndHeaders, 1, block + '\xFE'));
    CHECK(f.output() == "goaway 9");  // COMPRESSION_ERROR.
    CHECK(f.session.over());
  }
}

TEST_CASE("what is no HTTP/2 after its preface is over at once", "[proto][http2]") {
  for (const std::string& bytes : {
           std::string(kHttp2Preface) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           std::string(kHttp2Preface) + frame(kHeaders, kEndHeaders, 1, ""),
           greeting() + frame(kHeaders, kEndHeaders, 2, hpack(request_fields("GET", "/"))),
           greeting() + frame(kData, kNone, 1, "x"),
           greeting() + frame(kPing, kNone, 0, "short"),
           greeting() + frame(kWindowUpdate, kNone, 0, number(0, 4)),
           greeting() + frame(kWindowUpdate, kNone, 0, number(0x7FFFFFFF, 4)),
           greeting() + number(20'000, 3) + std::string("\0\0\0\0\0\1", 6) +
               std::string(20'000, 'x'),
       }) {
    Fixture f({}, false);
    f.feed(bytes);
    const std::string said = f.output();
    CAPTURE(said);
    CHECK(f.session.over());
    CHECK_FALSE(f.session.wants_input());
    CHECK(f.handler.requests.empty());
  }
}

TEST_CASE("a body that stands still is answered 408, its neighbours go on", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.body_timeout = 10 * kSecond;
  limits.request_timeout = 30 * kSecond;
  Fixture f(limits);
  f.feed(open_post(1, "/a") + open_post(3, "/b"));
  for (int second = 0; second <= 10; ++second) {
    f.feed(data(3, "x"));
    f.session.tick(second * kSecond);
    CHECK(f.output().empty());
  }
  f.session.tick(11 * kSecond);
  CHECK(f.output() == "1 408, 1 data 7 end");
  for (int second = 11; second <= 31; ++second) {
    f.feed(data(3, "x"));
    f.session.tick(second * kSecond);
  }
  // The first never ended its body either.
  CHECK(f.output() == "reset 1 0, 3 408, 3 data 7 end");
  f.session.tick(100 * kSecond);
  f.session.tick(200 * kSecond);
  CHECK(f.output() == "reset 3 0");
  CHECK(f.session.unanswered() == 0);
}

TEST_CASE("a silent peer with an open request is asked, then given up", "[proto][http2]") {
  Http2SessionLimits limits;
  limits.silence_timeout = 20 * kSecond;
  Fixture f(limits);
  f.feed(open_post(1, "/open"));
  for (int second = 1; second <= 11; ++second) f.session.tick(second * kSecond);
  CHECK(f.output().empty());
  f.session.tick(12 * kSecond);
  CHECK(f.output() == "ping");
  f.feed(frame(kPing, kAck, 0, std::string(8, '\0')));
  for (int second = 13; second <= 23; ++second) f.session.tick(second * kSecond);
  CHECK(f.output().empty());
  f.session.tick(24 * kSecond);
  CHECK(f.output() == "ping");
  f.session.tick(34 * kSecond);
  CHECK(f.output() == "goaway 0");
  CHECK(f.session.over());
}

TEST_CASE("answers that nobody reads do not pile up", "[proto][http2]") {
  Fixture f;
  f.feed(open_post(1, "/open"));
  f.session.begin_answer(1, {200, {}, ""});
  for (int i = 0; i < 100; ++i) f.session.send(1, std::string(10'000, 'x'));
  const std::string said = f.output();
  CHECK(contains(said, "reset 1 11"));
  CHECK(f.handler.told == "1 gone ");
}

TEST_CASE("answers that find no window are bounded, and charged until they are read",
          "[proto][http2]") {
  const auto open_window = [](std::uint32_t stream) {
    return frame(kWindowUpdate, 0, stream, number(200'000, 4));
  };
  Fixture f({}, true, 100 * kMiB);
  f.feed(frame(kSettings, 0, 0, number(4, 2) + number(0, 4)));  // The window of a new stream.
  constexpr std::uint32_t kEnd = 81;
  for (std::uint32_t stream = 1; stream < kEnd; stream += 2) {
    f.feed(get(stream, "/later"));
    if (f.handler.later.size() > stream / 2) f.answer(stream / 2, std::string(100'000, 'x'));
  }
  CHECK(f.handler.requests.size() == 11);  // Which is over a MiB.
  CHECK(f.budget.used() > kMiB);
  CHECK(contains(f.output(), "23 503"));
  for (std::uint32_t stream = 1; stream < kEnd; stream += 2)
    f.feed(open_window(stream) + open_window(0));
  f.output();
  CHECK(f.budget.used() == 0);
  f.feed(get(kEnd, "/after") + open_window(kEnd));
  CHECK(contains(f.output(), "81 200"));
}
