#include "libobs/proto/http_session.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::proto;
using namespace std::literals;

namespace {

// Refuses /no, keeps /later until told, answers everything else with its path at once.
class Handler final : public HttpSessionHandler {
 public:
  std::optional<HttpResponse> on_headers(const HttpRequest& request) override {
    if (request.path != "/no") return std::nullopt;
    return HttpResponse{404, {}, "no"};
  }
  void on_request(HttpRequest request, std::uint64_t ticket) override {
    bodies.push_back(request.body);
    if (request.path == "/later") {
      later.push_back(ticket);
    } else {
      session->answer(ticket, {200, {}, request.path});
    }
  }
  HttpResponse on_refused(const HttpRequest&, int status, std::string_view) override {
    return {status, {}, "refused"};
  }
  std::string_view date() const override { return {}; }

  HttpSession* session = nullptr;
  std::vector<std::uint64_t> later;
  std::vector<std::string> bodies;
};

struct Fixture {
  explicit Fixture(HttpSessionLimits limits = {}) : session(handler, budget, limits) {
    handler.session = &session;
  }
  void feed(std::string_view text) { session.feed(as_bytes(text)); }
  void answer(std::size_t index, std::string body) {
    session.answer(handler.later.at(index), {200, {}, std::move(body)});
  }
  // What goes on the wire, an answer as "200 body"; " close" when it ends the connection.
  std::string output() {
    std::string summary;
    std::string raw = session.take_output();
    for (std::string_view rest = raw; !rest.empty();) {
      const std::size_t end = rest.find("\r\n\r\n");
      const std::string_view head = rest.substr(0, end);
      rest.remove_prefix(end + 4);
      const std::size_t at = head.find("Content-Length: ");
      const std::size_t size = at == head.npos ? 0 : std::stoul(std::string(head.substr(at + 16)));
      const bool close = head.find("Connection: close") != head.npos;
      summary += fmt::format("{}{} {}{}", summary.empty() ? "" : ", ", head.substr(9, 3),
                             rest.substr(0, size), close ? " close" : "");
      rest.remove_prefix(std::min(size, rest.size()));
    }
    session.resume();
    return summary;
  }

  Handler handler;
  MemoryBudget budget{1000};
  HttpSession session;
};

std::string get(std::string_view path, std::string_view headers = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", path, headers);
}

std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{}\r\n{}", path,
                     body.size(), headers, body);
}

}  // namespace

TEST_CASE("a request is answered and the connection goes on", "[proto][http]") {
  Fixture f;
  f.feed(get("/a"));
  CHECK(f.output() == "200 /a");
  CHECK(f.session.phase() == HttpSession::Phase::kIdle);
  f.feed(post("/b", "body"));
  CHECK(f.output() == "200 /b");
  CHECK(f.handler.bodies == std::vector<std::string>{"", "body"});
  CHECK(f.session.wants_input());
  CHECK_FALSE(f.session.over());
}

TEST_CASE("answers leave in the order of the requests, whatever order they came in",
          "[proto][http]") {
  Fixture f;
  f.feed(get("/later") + get("/now") + get("/later") + get("/later"));
  CHECK(f.output().empty());
  f.answer(2, "third");
  CHECK(f.output().empty());
  f.answer(0, "first");
  CHECK(f.output() == "200 first, 200 /now");
  f.answer(1, "second");
  CHECK(f.output() == "200 second, 200 third");
  f.answer(1, "again");
  CHECK(f.output().empty());
}

TEST_CASE("input is kept aside while too many requests are unanswered", "[proto][http]") {
  HttpSessionLimits limits;
  limits.pipelined = 2;
  Fixture f(limits);
  f.feed(get("/later") + get("/later") + get("/c") + get("/d"));
  CHECK(f.session.unanswered() == 2);
  CHECK_FALSE(f.session.wants_input());
  f.answer(1, "b");
  CHECK(f.session.unanswered() == 2);
  f.answer(0, "a");
  CHECK(f.output() == "200 a, 200 b, 200 /c, 200 /d");
  CHECK(f.session.wants_input());
}

TEST_CASE("no request is begun while answers pile up unread", "[proto][http]") {
  HttpSessionLimits limits;
  limits.output_bytes = 1;
  Fixture f(limits);
  f.feed(get("/a") + get("/b"));
  CHECK_FALSE(f.session.wants_input());
  CHECK(f.output() == "200 /a");
  CHECK(f.output() == "200 /b");
  CHECK(f.session.wants_input());
}

TEST_CASE("a body may go on while as many requests as allowed are unanswered", "[proto][http]") {
  HttpSessionLimits limits;
  limits.pipelined = 1;
  Fixture f(limits);
  const std::string request = post("/later", "hello");
  f.feed(request.substr(0, request.size() - 3));
  CHECK(f.session.wants_input());
  f.feed("llo");
  CHECK_FALSE(f.session.wants_input());
  CHECK(f.handler.bodies == std::vector<std::string>{"hello"});
}

TEST_CASE("100 Continue is sent before the body, once the answers before it are out",
          "[proto][http]") {
  Fixture f;
  f.feed("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(f.output() == "100 ");
  f.feed("hello");
  CHECK(f.output() == "200 /a");

  f.feed(get("/later") +
         "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(f.output().empty());
  f.answer(0, "first");
  CHECK(f.output() == "200 first, 100 ");
  f.feed("hello");
  CHECK(f.output() == "200 /b");
}

TEST_CASE("a refusal of what waits for 100 Continue ends the connection", "[proto][http]") {
  Fixture f;
  f.feed("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(f.output() == "404 no close");
  CHECK(f.session.over());
  CHECK(f.session.lingers());
}

TEST_CASE("another expectation is refused", "[proto][http]") {
  Fixture f;
  f.feed(post("/a", "x", "Expect: 200-ok\r\n"));
  CHECK(f.output() == "417 refused");
}

TEST_CASE("a refused request's short body is dropped and the connection goes on", "[proto][http]") {
  Fixture f;
  f.feed(post("/no", "hello") +
         "POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
         "5\r\nhello\r\n0\r\n\r\n" + get("/a"));
  CHECK(f.output() == "404 no, 404 no, 200 /a");
  CHECK(f.handler.bodies == std::vector<std::string>{""});
}

TEST_CASE("a refused request's long body ends the connection", "[proto][http]") {
  HttpSessionLimits limits;
  limits.skipped_bytes = 4;
  Fixture f(limits);
  f.feed(post("/no", "hello"));
  CHECK(f.output() == "404 no close");
  CHECK(f.session.over());

  Fixture chunked(limits);
  chunked.feed("POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(chunked.output() == "404 no");
  CHECK_FALSE(chunked.session.over());
  chunked.feed("5\r\nhello\r\n");
  CHECK(chunked.output().empty());
  CHECK(chunked.session.over());
  CHECK(chunked.session.lingers());
}

TEST_CASE("a body over the limit is refused before it comes, or when it gets there",
          "[proto][http]") {
  HttpSessionLimits limits;
  limits.parser.body_bytes = 4;
  Fixture announced(limits);
  announced.feed("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n");
  CHECK(announced.output() == "413 refused close");
  CHECK(announced.session.over());

  Fixture chunked(limits);
  chunked.feed("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  CHECK(chunked.output() == "413 refused close");
  CHECK(chunked.session.over());
  CHECK(chunked.budget.used() == 0);
}

TEST_CASE("bodies count against the budget until they are answered", "[proto][http]") {
  Fixture f;
  const std::string request = post("/later", std::string(600, 'x'));
  f.feed(request.substr(0, request.size() - 550));
  CHECK(f.budget.used() == 400);  // Eight times what has come,
  f.feed(request.substr(request.size() - 550, 450));
  CHECK(f.budget.used() == 600);  // and no more than is to come.
  f.feed(request.substr(request.size() - 100));
  CHECK(f.budget.used() == 600);
  f.feed(post("/a", std::string(401, 'x')));
  f.answer(0, "done");
  CHECK(f.output() == "200 done, 503 refused");
  CHECK(f.budget.used() == 0);
  f.feed(post("/a", std::string(401, 'x')));
  CHECK(f.output() == "200 /a");
}

TEST_CASE("a body that breaks the budget is refused midway, and its connection lives on",
          "[proto][http]") {
  Fixture f;
  f.feed("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n");
  f.feed(std::string(1001, 'x'));
  CHECK(f.output() == "503 refused");
  CHECK(f.budget.used() == 0);
  f.feed(std::string(0x800 - 1001, 'x') + "\r\n0\r\n\r\n" + post("/a", "hello"));
  CHECK(f.output() == "200 /a");
  CHECK(f.budget.used() == 0);
}

TEST_CASE("a body that breaks the budget ends its connection when much of it is to come",
          "[proto][http]") {
  HttpSessionLimits limits;
  limits.skipped_bytes = 100;
  Fixture f(limits);
  f.budget.add(500);
  f.feed("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\n" + std::string(200, 'x'));
  f.budget.add(400);
  f.feed(std::string(10, 'x'));
  CHECK(f.output() == "503 refused close");
  CHECK(f.budget.used() == 900);
  f.budget.release(900);

  Fixture chunked(limits);
  chunked.feed("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n");
  chunked.feed(std::string(1001, 'x'));
  CHECK(chunked.output() == "503 refused");
  chunked.feed(std::string(101, 'x'));
  CHECK(chunked.session.over());
  CHECK(chunked.session.lingers());
}

TEST_CASE("a session that goes gives its share of the budget back", "[proto][http]") {
  Handler handler;
  MemoryBudget budget{1000};
  {
    HttpSession session(handler, budget);
    const std::string text = post("/later", "hello") + "POST /a HTTP/1.1\r\nHost: a\r\n" +
                             "Content-Length: 9\r\n\r\nhalf";
    session.feed(as_bytes(text));
    CHECK(budget.used() == 5 + 9);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("bytes after a request that closes are not a request", "[proto][http]") {
  for (const char* close : {"Connection: close\r\n", "Connection: foo, Close\r\n"}) {
    Fixture f;
    f.feed(get("/a", close) + get("/evil"));
    CHECK(f.output() == "200 /a close");
    CHECK(f.session.over());
    CHECK(f.session.lingers());
  }
  Fixture exact;
  exact.feed(get("/a", "Connection: close\r\n"));
  CHECK(exact.output() == "200 /a close");
  CHECK_FALSE(exact.session.lingers());

  Fixture old;
  old.feed("GET /a HTTP/1.0\r\n\r\n" + get("/evil"));
  CHECK(old.output() == "200 /a close");
}

TEST_CASE("HEAD is answered without a body", "[proto][http]") {
  Fixture f;
  f.feed("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(f.session.take_output() == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
}

TEST_CASE("a malformed request is answered after those before it, then all is over",
          "[proto][http]") {
  Fixture f;
  f.feed(get("/later") + "nonsense\r\n\r\n" + get("/evil"));
  CHECK(f.output().empty());
  CHECK_FALSE(f.session.over());
  CHECK_FALSE(f.session.wants_input());
  f.answer(0, "first");
  CHECK(f.output() == "200 first, 400 refused close");
  CHECK(f.session.over());
  f.feed(get("/evil"));
  CHECK(f.output().empty());
}

TEST_CASE("a peer that stops sending still gets its answers", "[proto][http]") {
  Fixture f;
  f.feed(get("/later") + get("/now"));
  f.session.end_input();
  CHECK_FALSE(f.session.over());
  f.answer(0, "first");
  CHECK(f.output() == "200 first, 200 /now close");
  CHECK(f.session.over());
}

TEST_CASE("a request cut short is refused", "[proto][http]") {
  for (const char* part :
       {"GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"}) {
    Fixture f;
    f.feed(part);
    f.session.end_input();
    CHECK(f.output() == "400 refused close");
    CHECK(f.session.over());
    CHECK_FALSE(f.session.lingers());
    CHECK(f.budget.used() == 0);
  }
}

TEST_CASE("a slow request is refused when time is up; an idle connection just ends",
          "[proto][http]") {
  Fixture f;
  f.feed("GET / HT");
  CHECK(f.session.phase() == HttpSession::Phase::kHead);
  f.session.time_out();
  CHECK(f.output() == "408 refused close");

  Fixture body;
  body.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(body.session.phase() == HttpSession::Phase::kBody);
  CHECK(body.session.body_read() == 4);
  body.session.time_out();
  CHECK(body.output() == "408 refused close");

  Fixture idle;
  idle.session.time_out();
  CHECK(idle.output().empty());
  CHECK(idle.session.over());
}

TEST_CASE("finishing answers the request under way and takes no other", "[proto][http]") {
  Fixture idle;
  idle.session.finish();
  CHECK(idle.session.over());

  Fixture waiting;
  waiting.feed(get("/later"));
  waiting.session.finish();
  waiting.answer(0, "done");
  CHECK(waiting.output() == "200 done close");
  CHECK(waiting.session.over());

  Fixture half;
  const std::string request = post("/a", "hello");
  half.feed(request.substr(0, request.size() - 3));
  half.session.finish();
  CHECK_FALSE(half.session.over());
  half.feed(request.substr(request.size() - 3) + get("/evil"));
  CHECK(half.output() == "200 /a close");
  CHECK(half.session.over());
}

TEST_CASE("a session answers the same however its input is cut", "[proto][http]") {
  const std::string input = get("/a") + post("/b", "hello") + post("/no", "hello") +
                            "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                            "5\r\nhello\r\n0\r\n\r\n" + get("/d", "Connection: close\r\n");
  for (std::size_t step = 1; step <= input.size(); ++step) {
    Fixture f;
    for (std::size_t at = 0; at < input.size(); at += step) f.feed(input.substr(at, step));
    CAPTURE(step);
    CHECK(f.output() == "200 /a, 200 /b, 404 no, 200 /c, 200 /d close");
    CHECK(f.budget.used() == 0);
  }
}
