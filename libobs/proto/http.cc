#include "libobs/proto/http.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::proto {
namespace {

// RFC 9110, 8.6 and 15.4.5: these have no content, and must not say its length.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const std::size_t start = out.size();
  out += value;
  for (std::size_t i = start; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
  }
  out += "\r\n";
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view find_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignore_case(key, name)) return value;
  }
  return {};
}

std::string HttpRequest::media_type() const {
  const std::string_view value = header("content-type");
  return to_lower(trim(value.substr(0, value.find(';'))));
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    const auto key = decode_percent(pair.substr(0, equals), true);
    if (!key || *key != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return decode_percent(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

std::optional<std::string> decode_percent(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

HttpResponse text_response(int status, std::string_view body) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"}},
          fmt::format("{}{}", body, body.ends_with('\n') ? "" : "\n")};
}

HttpResponse json_response(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

std::string_view http_reason(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

void append_http_response(std::string& out, const HttpResponse& response, bool keep_alive,
                          bool head, std::string_view date) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status,
                 http_reason(response.status));
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  if (!date.empty()) append_header(out, "Date", date);
  const bool content = has_content(response.status);
  if (content)
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  if (!keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  if (content && !head) out += response.body;
}

bool set_target(HttpRequest& request, std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignore_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = target.find_first_of("/?");
    target.remove_prefix(std::min(end, target.size()));
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  auto path = decode_percent(target.substr(0, question));
  if (!path) return false;
  request.path = path->empty() ? "/" : std::move(*path);
  return request.path.front() == '/' || request.path == "*";
}

std::string to_http_date(std::int64_t seconds) {
  // Not strftime: its names follow the locale, HTTP's do not.
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = seconds;
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace obs::proto
