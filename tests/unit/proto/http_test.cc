#include "libobs/proto/http.h"

#include <catch2/catch.hpp>

using namespace obs::proto;

TEST_CASE("a header is found whatever its case, the first of its name wins", "[proto][http]") {
  const HttpHeaders headers = {{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  CHECK(find_header(headers, "content-TYPE") == "a");
  CHECK(find_header(headers, "X") == "1");
  CHECK(find_header(headers, "absent").empty());
}

TEST_CASE("the media type is what stands before the parameters, in lower case", "[proto][http]") {
  struct Case {
    const char* header;
    const char* type;
  };
  for (const Case& c : {Case{"application/json", "application/json"},
                        Case{"Application/JSON; charset=utf-8", "application/json"},
                        Case{" text/plain ;a=b", "text/plain"}, Case{"", ""}, Case{";", ""}}) {
    CAPTURE(c.header);
    HttpRequest request;
    request.headers = {{"content-type", c.header}};
    CHECK(request.media_type() == c.type);
  }
}

TEST_CASE("query parameters are decoded; a broken one is absent", "[proto][http]") {
  HttpRequest request;
  request.query = "a=1&b=x%20y+z&empty=&flag&%63=d&bad=%zz&a=2";
  CHECK(request.parameter("a") == "1");
  CHECK(request.parameter("b") == "x y z");
  CHECK(request.parameter("empty") == "");
  CHECK(request.parameter("flag") == "");
  CHECK(request.parameter("c") == "d");
  CHECK_FALSE(request.parameter("bad"));
  CHECK_FALSE(request.parameter("absent"));
}

TEST_CASE("percent decoding wants two hex digits after each percent sign", "[proto][http]") {
  CHECK(decode_percent("a%2Fb%2f") == "a/b/");
  CHECK(decode_percent("a+b") == "a+b");
  CHECK(decode_percent("a+b", true) == "a b");
  for (const char* broken : {"%", "%2", "%2g", "x%"}) {
    CAPTURE(broken);
    CHECK_FALSE(decode_percent(broken));
  }
}

TEST_CASE("a response says its length, and whether the connection ends", "[proto][http]") {
  std::string out;
  append_http_response(out, json_response(200, "{}"), true, false);
  CHECK(out == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");

  out.clear();
  append_http_response(out, {503, {{"Retry-After", "1"}}, ""}, false, false, "now");
  CHECK(out ==
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nDate: now\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("the answer to HEAD says the length of a body it does not send", "[proto][http]") {
  std::string out;
  append_http_response(out, {200, {}, "12345"}, true, true);
  CHECK(out == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("204 and 304 have neither a body nor a length", "[proto][http]") {
  for (const int status : {204, 304}) {
    std::string out;
    append_http_response(out, {status, {}, "ignored"}, true, false);
    CHECK(out.find("Content-Length") == std::string::npos);
    CHECK(out.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("a line break in a header's value cannot add a header", "[proto][http]") {
  std::string out;
  append_http_response(out, {204, {{"A", "x\r\nSet-Cookie: y"}}, ""}, true, false);
  CHECK(out == "HTTP/1.1 204 No Content\r\nA: x  Set-Cookie: y\r\n\r\n");
}

TEST_CASE("dates are spelled as RFC 9110 wants them", "[proto][http]") {
  CHECK(to_http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(to_http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("a plain answer ends with a newline", "[proto][http]") {
  CHECK(text_response(404, "no such path").body == "no such path\n");
  CHECK(text_response(404, "no such path\n").body == "no such path\n");
}
