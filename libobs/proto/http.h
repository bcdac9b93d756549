// HTTP/1.1 without sockets: bytes in, requests out; responses to bytes. On llhttp.

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

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  // The media type of Content-Type, lower case, without parameters.
  std::string media_type() const;
  // The decoded value of a query parameter; nullopt when absent.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  // Content-Length, Connection and Date are added by the server.
  std::string body;
};

HttpResponse text_response(int status, std::string_view body);
HttpResponse json_response(int status, std::string body);

// Status line, headers and body as they go on the wire. `head` leaves the body out but says its
// length.
void append_http_response(std::string& out, const HttpResponse& response, bool keep_alive,
                          bool head);

}  // namespace obs::proto
