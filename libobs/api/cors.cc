#include "libobs/api/cors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::api {
namespace {

// Browsers forget sooner: Chrome after two hours, Firefox after a day.
constexpr std::string_view kPreflightSeconds = "86400";

bool is_origin(std::string_view text) {
  if (text == "*") return true;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(colon + 3);
  return !host.empty() && host.find_first_of("/?# ,") == std::string_view::npos &&
         std::count(text.begin(), text.end(), '*') <= 1;
}

bool matches(std::string_view pattern, std::string_view origin) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return equals_ignore_case(pattern, origin);
  const std::string_view front = pattern.substr(0, star);
  const std::string_view back = pattern.substr(star + 1);
  return origin.size() > front.size() + back.size() &&
         equals_ignore_case(origin.substr(0, front.size()), front) &&
         equals_ignore_case(origin.substr(origin.size() - back.size()), back);
}

}  // namespace

Result<CorsPolicy> CorsPolicy::make(std::vector<std::string> origins) {
  for (const std::string& origin : origins) {
    if (!is_origin(origin))
      return fail(Errc::kInvalidArgument,
                  fmt::format("'{}' is no origin; write SCHEME://HOST[:PORT], with at most one *, "
                              "or * alone",
                              origin));
  }
  CorsPolicy policy;
  policy.origins_ = std::move(origins);
  return policy;
}

std::string CorsPolicy::allowed_origin(const proto::HttpRequest& request) const {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return {};
  for (const std::string& pattern : origins_) {
    if (pattern == "*") return "*";
    if (matches(pattern, origin)) return std::string(origin);
  }
  return {};
}

proto::HttpResponse CorsPolicy::preflight(const proto::HttpRequest& request) const {
  proto::HttpResponse response{204, {{"Allow", "POST, OPTIONS"}}, ""};
  const std::string origin = allowed_origin(request);
  if (origin.empty()) return response;
  allow_origin(response, origin);
  response.headers.emplace_back("Access-Control-Allow-Methods", "POST");
  const std::string_view headers = request.header("access-control-request-headers");
  if (!headers.empty()) response.headers.emplace_back("Access-Control-Allow-Headers", headers);
  response.headers.emplace_back("Access-Control-Max-Age", kPreflightSeconds);
  return response;
}

void allow_origin(proto::HttpResponse& response, std::string_view origin) {
  if (origin.empty()) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
  if (origin != "*") response.headers.emplace_back("Vary", "Origin");
}

}  // namespace obs::api
