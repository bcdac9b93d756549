// HTTP messages without sockets: what a request and a response hold, and responses as bytes.
//
// Requests are parsed by http_parser.h; http_session.h is the server's side of a connection.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/bytes.h"

namespace obs::proto {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first header of that name, any case; empty when there is none.
std::string_view find_header(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  std::string method;  // "POST"
  std::string path;    // Percent-decoded, without the query: "/v1/logs"
  std::string query;   // Raw, without the "?": "a=1&b=2"
  HttpHeaders headers;
  std::string body;
  std::string peer;  // "127.0.0.1:53210"
  int version = 1;   // Of HTTP, major.
  // Of a client's certificate that was verified: its DNS names, else its common name.
  std::vector<std::string> certificate_names = {};

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  // The media type of Content-Type, lower case, without parameters.
  std::string media_type() const;
  // The decoded value of a query parameter; nullopt when absent. "+" is a space, as forms write it.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  // Content-Length, Connection and Date are added by the server.
  std::string body;
  HttpHeaders trailers = {};  // Sent after the body over HTTP/2; HTTP/1.1 leaves them out.
};

HttpResponse text_response(int status, std::string_view body);  // With a newline at its end.
HttpResponse json_response(int status, std::string body);

// "Not Found" for 404; "Unknown" for a status nobody named.
std::string_view http_reason(int status);

// Status line, headers and body as they go on the wire. `head` leaves the body out but says its
// length; `date`, when given, is a Date header's value. A line break inside a header's value is
// written as a space, so that no value can add a header.
void append_http_response(std::string& out, const HttpResponse& response, bool keep_alive,
                          bool head, std::string_view date = {});

// Sets path and query from a request's target in origin form ("/a?b"), absolute form
// ("http://host/a?b") or "*". False when it is none of these, or its path has a broken %XX.
bool set_target(HttpRequest& request, std::string_view target);

// "Sun, 22 Nov 2026 10:15:30 GMT", from seconds since the Unix epoch.
std::string to_http_date(std::int64_t seconds);

// Reads %XX, and "+" as a space when `plus` says so. nullopt when a "%" is not followed by two hex
// digits.
std::optional<std::string> decode_percent(std::string_view text, bool plus = false);

}  // namespace obs::proto
