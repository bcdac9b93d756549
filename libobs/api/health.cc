#include "libobs/api/health.h"

#include <algorithm>
#include <utility>

#include "libobs/base/text.h"

namespace obs::api {
namespace {

using pipeline::Health;

void append_member(std::string& out, std::string_view key, std::string_view value) {
  append_json_string(out, key);
  out += ':';
  append_json_string(out, repair_utf8(value));  // It may quote what a peer said.
}

void append_dependencies(std::string& out, const std::vector<Health>& dependencies) {
  out += "\"dependencies\":[";
  const char* separator = "";
  for (const Health& dependency : dependencies) {
    out += std::exchange(separator, ",");
    out += '{';
    append_member(out, "name", dependency.name);
    out += dependency.ready ? ",\"ready\":true" : ",\"ready\":false";
    if (!dependency.detail.empty()) {
      out += ',';
      append_member(out, "detail", dependency.detail);
    }
    out += '}';
  }
  out += ']';
}

bool is_page(std::string_view path) {
  return path == "/health" || path == "/ready" || path == "/metrics";
}

bool is_ready(const Health& dependency) { return dependency.ready; }

proto::HttpResponse never_cached(proto::HttpResponse response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

AdminHandler::AdminHandler(std::string service, std::string version, const Registry& registry,
                           Dependencies dependencies)
    : service_(std::move(service)),
      version_(std::move(version)),
      registry_(registry),
      dependencies_(std::move(dependencies)) {}

std::optional<proto::HttpResponse> AdminHandler::answer(const proto::HttpRequest& request) const {
  if (!is_page(request.path)) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") {
    proto::HttpResponse refusal = proto::text_response(405, request.path + " takes GET");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  if (request.path == "/health") return never_cached(health());
  if (request.path == "/ready") return never_cached(ready());
  return proto::HttpResponse{
      200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, registry_.render()};
}

proto::HttpResponse AdminHandler::answer_all(const proto::HttpRequest& request) const {
  if (auto page = answer(request)) return std::move(*page);
  return proto::text_response(404, service_ + " has /health, /ready and /metrics");
}

proto::HttpResponse AdminHandler::health() const {
  const std::vector<Health> dependencies = dependencies_();
  const bool all = std::all_of(dependencies.begin(), dependencies.end(), is_ready);
  std::string body = "{";
  append_member(body, "status", all ? "ok" : "degraded");
  body += ',';
  append_member(body, "service", service_);
  body += ',';
  append_member(body, "version", version_);
  body += ',';
  append_dependencies(body, dependencies);
  body += "}\n";
  return proto::json_response(200, std::move(body));
}

proto::HttpResponse AdminHandler::ready() const {
  std::vector<Health> missing = dependencies_();
  missing.erase(std::remove_if(missing.begin(), missing.end(), is_ready), missing.end());
  if (missing.empty()) return proto::json_response(200, "{\"status\":\"ready\"}\n");
  std::string body = "{";
  append_member(body, "status", "not ready");
  body += ',';
  append_dependencies(body, missing);
  body += "}\n";
  proto::HttpResponse response = proto::json_response(503, std::move(body));
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace obs::api
