#include "libobs/proto/http_parser.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::proto;
using namespace std::literals;
using Event = HttpParser::Event;

namespace {

// What a stream of bytes was read as, in one line an event: "POST /v1/logs", "body hello",
// "error 400".
std::string describe(HttpParser& parser, Event event) {
  if (event == Event::kHead)
    return fmt::format("{} {}", parser.request().method, parser.request().path);
  if (event == Event::kRequest) return "body " + parser.take_request().body;
  return fmt::format("error {}", parser.error().status);
}

// Reads these pieces, to their end or the first error.
std::vector<std::string> parse_pieces(const std::vector<std::string_view>& pieces,
                                      HttpParserLimits limits) {
  HttpParser parser(limits);
  std::vector<std::string> events;
  for (const std::string_view text : pieces) {
    Bytes piece = as_bytes(text);
    Event event;
    while ((event = parser.next(piece)) != Event::kNeedMore) {
      events.push_back(describe(parser, event));
      if (event == Event::kError) return events;
    }
    REQUIRE(piece.empty());
  }
  return events;
}

// In pieces of `step` bytes.
std::vector<std::string> parse(std::string_view input, std::size_t step,
                               HttpParserLimits limits = {}) {
  std::vector<std::string_view> pieces;
  for (; !input.empty(); input.remove_prefix(pieces.back().size())) {
    pieces.push_back(input.substr(0, step));
  }
  return parse_pieces(pieces, limits);
}

// In two pieces.
std::vector<std::string> parse_cut(std::string_view input, std::size_t cut,
                                   HttpParserLimits limits) {
  return parse_pieces({input.substr(0, cut), input.substr(cut)}, limits);
}

std::vector<std::string> parse(std::string_view input) { return parse(input, input.size()); }

std::string post(std::string_view headers, std::string_view rest) {
  return fmt::format("POST /x HTTP/1.1\r\nHost: a\r\n{}\r\n{}", headers, rest);
}

std::string chunked(std::string_view rest) { return post("Transfer-Encoding: chunked\r\n", rest); }

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("requests are read the same however the input is cut", "[proto][http]") {
  const std::string input =
      post("Content-Length: 5\r\n", "hello") +
      chunked("5\r\nhello\r\n3;x=y\r\n wo\r\n0\r\nT: u\r\n\r\n") +
      "GET /health HTTP/1.1\r\nHost: a\r\nX:\r\nY: spaced \t\r\n\r\n" + post("", "") +
      post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", "ab") +
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  const Events expected = {"POST /x",   "body hello", "POST /x", "body hello wo", "GET /health",
                           "body ",     "POST /x",    "body ",   "POST /x",       "body ab",
                           "OPTIONS *", "body ",      "HEAD /",  "body "};
  for (std::size_t step = 1; step <= input.size(); ++step) {
    CAPTURE(step);
    CHECK(parse(input, step) == expected);
  }
}

TEST_CASE("a request whose last byte has not come is not told", "[proto][http]") {
  for (const std::string& whole :
       {post("Content-Length: 5\r\n", "hello"), chunked("5\r\nhello\r\n0\r\n\r\n"), post("", "")}) {
    const Events events = parse(whole.substr(0, whole.size() - 1));
    CHECK((events.empty() || events == Events{"POST /x"}));
  }
}

TEST_CASE("the head has its parts taken apart", "[proto][http]") {
  HttpParser parser;
  Bytes input = as_bytes(
      "POST /a%2Fb%20c?q=%31&r#f HTTP/1.1\r\nhost: me\r\nContent-Length: 3\r\n"
      "Expect: 100-Continue\r\nX: tail \t \r\n\r\nabc"sv);
  REQUIRE(parser.next(input) == Event::kHead);
  CHECK(parser.request().path == "/a/b c");
  CHECK(parser.request().query == "q=%31&r");
  CHECK(parser.request().header("x") == "tail");
  CHECK(parser.content_length() == 3);
  CHECK(parser.has_body());
  CHECK(parser.expects_continue());
  CHECK(parser.keep_alive());
  CHECK(parser.in_body());
  REQUIRE(parser.next(input) == Event::kRequest);
  CHECK_FALSE(parser.in_request());
  CHECK(parser.take_request().body == "abc");
}

TEST_CASE("a target may be a whole URL", "[proto][http]") {
  struct Case {
    const char* target;
    const char* path;
  };
  for (const Case& c : {Case{"http://host:1/v1/logs?x", "/v1/logs"}, Case{"HTTP://host", "/"},
                        Case{"https://host?q", "/"}, Case{"/", "/"}}) {
    CAPTURE(c.target);
    CHECK(parse(fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", c.target)) ==
          Events{fmt::format("GET {}", c.path), "body "});
  }
}

TEST_CASE("who wants the connection kept", "[proto][http]") {
  struct Case {
    const char* version;
    const char* header;
    bool keep_alive;
  };
  for (const Case& c : {Case{"1.1", "", true}, Case{"1.1", "Connection: close\r\n", false},
                        Case{"1.1", "Connection: keep-alive, close\r\n", false},
                        Case{"1.0", "", false}, Case{"1.0", "Connection: keep-alive\r\n", false}}) {
    CAPTURE(c.version, c.header);
    const auto text = fmt::format("GET / HTTP/{}\r\nHost: a\r\n{}\r\n", c.version, c.header);
    HttpParser parser;
    Bytes input = as_bytes(text);
    REQUIRE(parser.next(input) == Event::kHead);
    CHECK(parser.keep_alive() == c.keep_alive);
  }
}

TEST_CASE("bytes after a request are left for the next call", "[proto][http]") {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /evil";
  HttpParser parser;
  Bytes input = as_bytes(text);
  REQUIRE(parser.next(input) == Event::kHead);
  REQUIRE(parser.next(input) == Event::kRequest);
  CHECK(as_text(input) == "GET /evil");
}

TEST_CASE("what could hide a second request is refused, at every cut", "[proto][http]") {
  struct Case {
    const char* name;
    std::string input;
    int status;
  };
  const std::vector<Case> cases = {
      {"length and chunks",
       post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunks and length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
      {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), 400},
      {"a signed length", post("Content-Length: +5\r\n", "hello"), 400},
      {"a negative length", post("Content-Length: -5\r\n", "hello"), 400},
      {"an empty length", post("Content-Length: \r\n", "hello"), 400},
      {"a hex length", post("Content-Length: 0x5\r\n", "hello"), 400},
      {"a length beyond 64 bits", post("Content-Length: 99999999999999999999\r\n", "hello"), 400},
      {"chunked twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked before another coding", post("Transfer-Encoding: chunked, foo\r\n", "0\r\n\r\n"),
       400},
      {"another coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
       501},
      {"an unknown coding", post("Transfer-Encoding: xchunked\r\n", "hello"), 501},
      {"identity", post("Transfer-Encoding: identity\r\n", "hello"), 501},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"a bare LF between headers", "POST / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
      {"a bare CR in a header", post("A: x\rContent-Length: 5\r\n", "hello"), 400},
      {"a bare CR before the end", "POST / HTTP/1.1\r\nHost: a\r\n\rXhello", 400},
      {"a folded header", post("A: x\r\n y\r\n", ""), 400},
      {"a header folded by a tab", post("A: x\r\n\ty\r\n", ""), 400},
      {"a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
      {"a space before the first header", "POST / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a space before the colon", post("A : x\r\n", ""), 400},
      {"a header without a colon", post("A\r\n", ""), 400},
      {"a header without a name", post(": x\r\n", ""), 400},
      {"a first header without a name", "GET / HTTP/1.1\r\n: x\r\nHost: a\r\n\r\n", 400},
      {"a NUL in a header", post("A: x\0y\r\n"s, ""), 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a chunk size ended by CR alone", chunked("5\rXhello\r\n0\r\n\r\n"), 400},
      {"a chunk size ended by LF alone", chunked("5\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size with a space", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size beyond 64 bits", chunked("FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), 400},
      {"an extension with a line break", chunked("5;a=\"b\r\n\"\r\nhello\r\n0\r\n\r\n"), 400},
      {"an extension ended by LF alone", chunked("5;a\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk not ended by CR LF", chunked("5\r\nhelloXX0\r\n\r\n"), 400},
      {"a chunk ended by LF alone", chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {"a trailer that is no header", chunked("0\r\nX\r\n\r\n"), 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"an unknown method", "FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a broken escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target that is no path", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/2 without the preface", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"TLS", "\x16\x03\x01\x02\x01", 400},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    for (std::size_t step = 1; step <= c.input.size(); ++step) {
      const Events events = parse(c.input, step);
      REQUIRE_FALSE(events.empty());
      CHECK(events.back() == fmt::format("error {}", c.status));
      for (const std::string& event : events) CHECK_FALSE(event.starts_with("body"));
    }
  }
}

TEST_CASE("a trailer is read but is no header of the request", "[proto][http]") {
  HttpParser parser;
  const std::string text = chunked("0\r\nContent-Length: 5\r\nAuthorization: x\r\n\r\n");
  Bytes input = as_bytes(text);
  REQUIRE(parser.next(input) == Event::kHead);
  REQUIRE(parser.next(input) == Event::kRequest);
  const HttpRequest request = parser.take_request();
  CHECK(request.header("authorization").empty());
  CHECK(request.header("content-length").empty());
}

TEST_CASE("limits of the head hold at every cut", "[proto][http]") {
  HttpParserLimits limits;
  limits.head_bytes = 200;
  limits.header_count = 4;
  limits.target_bytes = 50;
  struct Case {
    const char* name;
    std::string input;
    const char* last;
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string longest = get + "X: " + std::string(200 - get.size() - 7, 'x') + "\r\n\r\n";
  for (const Case& c : {
           Case{"as many headers as allowed", get + "A:\r\nB:\r\nC:\r\n\r\n", "body "},
           Case{"one header more", get + "A:\r\nB:\r\nC:\r\nD:\r\n\r\n", "error 431"},
           Case{"a head as long as allowed", longest, "body "},
           Case{"one byte more", get + "X:  " + longest.substr(get.size() + 3), "error 431"},
           Case{"padding counts", get + "X:" + std::string(500, ' ') + "\r\n\r\n", "error 431"},
           Case{"blank lines count", std::string(500, '\n') + get + "\r\n", "error 431"},
           Case{"a head without an end", get + "X: " + std::string(5000, 'x'), "error 431"},
           Case{"a long target", "GET /" + std::string(60, 'a') + " HTTP/1.1\r\n\r\n", "error 414"},
       }) {
    CAPTURE(c.name);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, c.input.size()})
      CHECK(parse(c.input, step, limits).back() == c.last);
  }
}

TEST_CASE("of two faults in a head the same one is told at every cut", "[proto][http]") {
  HttpParserLimits limits;
  limits.head_bytes = 200;
  limits.header_count = 3;
  limits.target_bytes = 20;
  const std::string longer(40, 'a');
  const std::pair<const char*, std::string> lines[] = {
      {"fine", "POST / HTTP/1.1\r\n"},
      {"a version of its own", "POST / HTTP/2.0\r\n"},
      {"no version", "POST /\r\n"},
      {"another protocol", "POST / SPDY/3\r\n"},
      {"a long target", "POST /" + longer + " HTTP/1.1\r\n"},
      {"a long target with a control character", "POST /" + longer + "\x01 HTTP/1.1\r\n"},
      {"a long target of HTTP/2", "POST /" + longer + " HTTP/2.0\r\n"},
      {"a target without an end", "POST /" + std::string(300, 'a')},
      {"CONNECT", "CONNECT a:1 HTTP/1.1\r\n"},
      {"CONNECT to a long name", "CONNECT " + longer + ":1 HTTP/1.1\r\n"},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n"},
  };
  const std::pair<const char*, std::string> headers[] = {
      {"fine", "Host: a\r\n\r\n"},
      {"none", "\r\n"},
      {"folded", "Host: a\r\nA: x\r\n y\r\n\r\n"},
      {"folded at once", " Host: a\r\n\r\n"},
      {"folded, then wrong", "Host: a\r\nA: x\r\n y\r\nB : z\r\n\r\n"},
      {"wrong, then folded", "Host: a\r\nB : z\r\nA: x\r\n y\r\n\r\n"},
      {"too many", "A:\r\nB:\r\nC:\r\nD:\r\nHost: a\r\n\r\n"},
      {"too many, the last of them wrong", "A:\r\nB:\r\nC:\r\nDDD(D:\r\nHost: a\r\n\r\n"},
      {"too many, one of them folded", "A:\r\nB: b\r\n\tb\r\nC:\r\nD:\r\n\r\n"},
      {"two lengths", "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"},
      {"another coding", "Host: a\r\nTransfer-Encoding: gzip\r\n\r\n"},
      {"another coding, folded", "Host: a\r\nTransfer-Encoding: gzip\r\n ,x\r\n\r\n"},
      {"no end", "Host: " + std::string(300, 'a')},
      {"no end, then a fold", "Host: " + std::string(170, 'a') + "\r\n b\r\n\r\n"},
  };
  for (const auto& [line_name, line] : lines) {
    for (const auto& [headers_name, rest] : headers) {
      CAPTURE(line_name, headers_name);
      const std::string input = line + rest;
      const Events byte_by_byte = parse(input, 1, limits);
      for (std::size_t step = 2; step <= input.size(); ++step) {
        CAPTURE(step);
        REQUIRE(parse(input, step, limits) == byte_by_byte);
      }
      for (std::size_t cut = 1; cut < input.size(); ++cut) {
        CAPTURE(cut);
        REQUIRE(parse_cut(input, cut, limits) == byte_by_byte);
      }
    }
  }
}

TEST_CASE("a chunked body ends at the limit", "[proto][http]") {
  HttpParserLimits limits;
  limits.body_bytes = 8;
  CHECK(parse(chunked("8\r\n12345678\r\n0\r\n\r\n"), 1, limits).back() == "body 12345678");
  CHECK(parse(chunked("8\r\n12345678\r\n1\r\n9\r\n0\r\n\r\n"), 1, limits).back() == "error 413");
  CHECK(parse(chunked("FFFFFFFF\r\n123456789"), 1, limits).back() == "error 413");
}

TEST_CASE("a chunk that announces more than the limit is not waited for", "[proto][http]") {
  HttpParserLimits limits;
  limits.body_bytes = 8;
  for (const std::string_view sizes : {"9\r\n", "FFFFFFFFFFFFFFFF\r\n", "5\r\n12345\r\n4\r\n"}) {
    CAPTURE(sizes);
    CHECK(parse(chunked(sizes), 1, limits).back() == "error 413");
    CHECK(parse(chunked(sizes)).back() == (sizes.starts_with("F") ? "error 413" : "POST /x"));
  }
}

TEST_CASE("a body that is mostly framing is refused", "[proto][http]") {
  std::string extended;
  for (int i = 0; i < 100; ++i) extended += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
  CHECK(parse(chunked(extended)).back() == "error 400");
  CHECK(parse(chunked("0\r\nT: " + std::string(100'000, 't'))).back() == "error 400");

  std::string small;
  for (int i = 0; i < 100'000; ++i) small += "1\r\nx\r\n";
  CHECK(parse(chunked(small + "0\r\n\r\n")).back().size() == 100'005);
}

TEST_CASE("a skipped body is read and not kept", "[proto][http]") {
  const std::string text = chunked("5\r\nhello\r\n0\r\n\r\n") + "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HttpParser parser;
  Bytes input = as_bytes(text);
  REQUIRE(parser.next(input) == Event::kHead);
  parser.skip_body(5);
  REQUIRE(parser.next(input) == Event::kRequest);
  CHECK(parser.body_read() == 5);
  CHECK(parser.take_request().body.empty());
  CHECK(parser.next(input) == Event::kHead);

  HttpParser strict;
  input = as_bytes(text);
  REQUIRE(strict.next(input) == Event::kHead);
  strict.skip_body(4);
  REQUIRE(strict.next(input) == Event::kError);
  CHECK(strict.error().status == 413);
}

TEST_CASE("an announced length reserves no more than a first piece", "[proto][http]") {
  HttpParser parser;
  const std::string text = post("Content-Length: 60000000\r\n", "x");
  Bytes input = as_bytes(text);
  REQUIRE(parser.next(input) == Event::kHead);
  REQUIRE(parser.next(input) == Event::kNeedMore);
  CHECK(parser.request().body.capacity() <= 2 * kMiB);
}

TEST_CASE("a parser that failed stays failed", "[proto][http]") {
  HttpParser parser;
  Bytes bad = as_bytes("nonsense\r\n\r\n"sv);
  REQUIRE(parser.next(bad) == Event::kError);
  Bytes good = as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv);
  CHECK(parser.next(good) == Event::kError);
}
