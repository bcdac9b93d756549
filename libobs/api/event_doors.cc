#include "libobs/api/event_doors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/faro.h"
#include "libobs/codec/rum.h"
#include "libobs/codec/sentry.h"

namespace obs::api {
namespace {

constexpr std::string_view kSentryPrefix = "/api/";

// "42" and "envelope" of "/api/42/envelope/"; empty for another path.
struct SentryPath {
  std::string_view project;
  std::string_view action;
};

SentryPath split_sentry_path(std::string_view path) {
  if (!path.starts_with(kSentryPrefix)) return {};
  path.remove_prefix(kSentryPrefix.size());
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return {};
  std::string_view action = path.substr(slash + 1);
  if (action.ends_with('/')) action.remove_suffix(1);
  if (action != "envelope" && action != "store") return {};
  return {path.substr(0, slash), action};
}

// The value of "sentry_key" in "Sentry sentry_version=7, sentry_key=abc".
std::optional<std::string> find_auth_key(std::string_view header) {
  if (header.size() > 7 && equals_ignore_case(header.substr(0, 7), "Sentry "))
    header.remove_prefix(7);
  for (const std::string_view part : split(header, ',')) {
    const std::string_view pair = trim(part);
    if (pair.starts_with("sentry_key=")) return std::string(pair.substr(pair.find('=') + 1));
  }
  return std::nullopt;
}

// Each part sealed with the hash of the body, so that a beacon that is sent again is the same.
Intake make_events(std::vector<codec::Decoded>&& parts, const Arrival& arrival,
                   const Hash128& content, proto::HttpResponse success) {
  Intake intake;
  intake.success = std::move(success);
  for (codec::Decoded& part : parts) {
    seal(part, arrival, content);
    intake.parts.push_back(std::move(part));
  }
  return intake;
}

// What was left out, by number and reason; empty when all is kept. Its sender must not take it for
// stored, though the rest is.
std::string describe_left_out(const std::vector<codec::Decoded>& parts) {
  std::string out;
  for (const codec::Decoded& part : parts) out += part.rejected.message(part.total);
  return out;
}

// Beacons of a page that is closing cannot say what they are.
bool is_json_or_beacon(const proto::HttpRequest& request) {
  const std::string type = request.media_type();
  return type.empty() || type == "application/json" || type == "text/plain";
}

std::optional<proto::HttpResponse> check_events(const proto::HttpRequest& request) {
  if (auto refusal = refuse_method(request, {"POST"})) return refusal;
  if (!is_json_or_beacon(request)) return refuse_type(request, "application/json or text/plain");
  return refuse_encoding(request);
}

}  // namespace

bool SentryDoor::has(std::string_view path) const {
  return !split_sentry_path(path).action.empty();
}

std::optional<proto::HttpResponse> SentryDoor::check(const proto::HttpRequest& request) const {
  if (auto refusal = refuse_method(request, {"POST"})) return refusal;
  return refuse_encoding(request);
}

std::optional<std::string> SentryDoor::credential(const proto::HttpRequest& request) const {
  if (auto key = find_auth_key(request.header("x-sentry-auth"))) return key;
  if (auto key = find_auth_key(request.header("authorization"))) return key;
  if (auto key = request.parameter("sentry_key")) return key;
  if (request.body.empty()) return std::nullopt;
  const std::string dsn = codec::find_envelope_dsn(request.body);
  const std::string_view key = codec::find_dsn_key(dsn);
  return key.empty() ? std::nullopt : std::optional(std::string(key));
}

bool SentryDoor::credential_is_in_body(const proto::HttpRequest& request) const {
  return split_sentry_path(request.path).action == "envelope";
}

Result<Intake, Refusal> SentryDoor::read(proto::HttpRequest& request,
                                         const Arrival& arrival) const {
  const auto [project, action] = split_sentry_path(request.path);
  const Hash128 content = hash128(request.body);
  auto envelope = action == "store"
                      ? codec::decode_sentry_event(request.body, project, arrival.received)
                      : codec::decode_sentry_envelope(request.body, project, arrival.received);
  if (!envelope) return fail(refuse_body("a Sentry envelope", envelope.error()));
  const std::string left_out = describe_left_out(envelope->parts);
  std::string body = "{";
  if (!envelope->event_id.empty()) {
    body += "\"id\":";
    append_json_string(body, envelope->event_id);
  }
  body += '}';
  return make_events(std::move(envelope->parts), arrival, content,
                     left_out.empty() ? proto::json_response(200, std::move(body))
                                      : refuse(request, 400, left_out));
}

proto::HttpResponse SentryDoor::refuse(const proto::HttpRequest&, int status,
                                       std::string_view message) const {
  std::string body = "{\"detail\":";
  append_json_string(body, message);
  body += '}';
  auto response = proto::json_response(status, std::move(body));
  response.headers.emplace_back("X-Sentry-Error", message);
  return with_retry_after(std::move(response));
}

// No categories are all of them.
void SentryDoor::ask_to_wait(proto::HttpResponse& response, Duration wait) const {
  PlainDoor::ask_to_wait(response, wait);
  response.headers.emplace_back(
      "X-Sentry-Rate-Limits",
      fmt::format("{}::organization", proto::find_header(response.headers, "Retry-After")));
}

bool FaroDoor::has(std::string_view path) const { return path == "/collect" || path == "/faro"; }

std::optional<proto::HttpResponse> FaroDoor::check(const proto::HttpRequest& request) const {
  return check_events(request);
}

Result<Intake, Refusal> FaroDoor::read(proto::HttpRequest& request, const Arrival& arrival) const {
  auto parts = codec::decode_faro(request.body, arrival.received);
  if (!parts) return fail(refuse_body("what Faro sends", parts.error()));
  const std::string left_out = describe_left_out(*parts);
  auto success =
      left_out.empty() ? proto::HttpResponse{202, {}, {}} : refuse(request, 400, left_out);
  return make_events(std::move(*parts), arrival, hash128(request.body), std::move(success));
}

std::optional<proto::HttpResponse> RumDoor::check(const proto::HttpRequest& request) const {
  return check_events(request);
}

std::optional<std::string> RumDoor::credential(const proto::HttpRequest& request) const {
  return request.parameter("key");
}

Result<Intake, Refusal> RumDoor::read(proto::HttpRequest& request, const Arrival& arrival) const {
  auto parts = codec::decode_rum(request.body, arrival.received);
  if (!parts) return fail(refuse_body("a beacon", parts.error()));
  const std::string left_out = describe_left_out(*parts);
  auto success =
      left_out.empty() ? proto::HttpResponse{204, {}, {}} : refuse(request, 400, left_out);
  return make_events(std::move(*parts), arrival, hash128(request.body), std::move(success));
}

}  // namespace obs::api
