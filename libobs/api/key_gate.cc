#include "libobs/api/key_gate.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/net/digest.h"

namespace obs::api {
namespace {

Refusal refusal(int status, std::string message, Duration retry_after = 0) {
  return Refusal{status, {}, std::move(message), retry_after};
}

// What follows "Bearer " or another scheme, any case; empty when it is not that scheme.
std::string_view after_scheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ' ||
      !equals_ignore_case(header.substr(0, scheme.size()), scheme))
    return {};
  return trim(header.substr(scheme.size()));
}

// The password of "user:password", or the user alone.
std::string secret_of(const std::string& pair) {
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return pair;
  return colon + 1 < pair.size() ? pair.substr(colon + 1) : pair.substr(0, colon);
}

std::string address_of(const proto::HttpRequest& request) {
  return request.peer.substr(0, request.peer.rfind(':'));
}

RateLimits or_default(RateLimits own, const RateLimits& general) {
  if (own.requests == 0) own.requests = general.requests;
  if (own.records == 0) own.records = general.records;
  if (own.bytes == 0) own.bytes = general.bytes;
  return own;
}

}  // namespace

std::optional<std::string> find_api_key(const proto::HttpRequest& request) {
  if (const auto key = request.header("x-api-key"); !key.empty()) return std::string(key);
  const std::string_view header = trim(request.header("authorization"));
  if (const auto token = after_scheme(header, "Bearer"); !token.empty()) return std::string(token);
  if (const auto basic = after_scheme(header, "Basic"); !basic.empty()) {
    const auto pair = parse_base64(basic);
    // What cannot be read is a wrong key rather than none.
    return pair ? secret_of(*pair) : std::string(basic);
  }
  if (const auto token = after_scheme(header, "ApiKey"); !token.empty()) {
    const auto pair = parse_base64(token);
    return pair && pair->find(':') != std::string::npos ? secret_of(*pair) : std::string(token);
  }
  return std::nullopt;
}

KeyGate::KeyGate(std::vector<ApiKey> keys, RateLimits client_limits, Registry& registry,
                 const Clock& clock)
    : table_(index(std::move(keys))),
      client_limits_(client_limits),
      registry_(registry),
      clock_(clock) {}

KeyGate::TablePtr KeyGate::index(std::vector<ApiKey> keys) {
  auto table = std::make_shared<Table>();
  table->keys = std::move(keys);
  for (std::size_t i = 0; i < table->keys.size(); ++i) {
    const ApiKey& key = table->keys[i];
    if (key.anonymous) table->anonymous = i;
    if (!key.digest.empty()) table->digests.emplace(key.digest, i);
    if (!key.certificate.empty()) table->certificates.emplace(key.certificate, i);
  }
  return table;
}

void KeyGate::replace(std::vector<ApiKey> keys) {
  TablePtr table = index(std::move(keys));
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
}

KeyGate::TablePtr KeyGate::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

Result<const ApiKey*, Refusal> KeyGate::identify(
    const Table& table, const proto::HttpRequest& request,
    const std::optional<std::string>& credential) const {
  const auto shown = credential ? credential : find_api_key(request);
  // Where there are no keys, what somebody shows is for others on the way.
  if (shown && !table.digests.empty()) {
    const auto digest = net::sha256(*shown);
    if (!digest) return fail(refusal(500, digest.error().message));
    std::string hex;
    append_hex(hex, *digest);
    const auto found = table.digests.find(hex);
    if (found == table.digests.end()) return fail(refusal(401, "this API key is not known here"));
    return &table.keys[found->second];
  }
  for (const std::string& name : request.certificate_names) {
    if (const auto found = table.certificates.find(name); found != table.certificates.end())
      return &table.keys[found->second];
  }
  if (table.anonymous) return &table.keys[*table.anonymous];
  return fail(refusal(401, "an API key is needed, as x-api-key or Authorization: Bearer"));
}

std::optional<std::string> KeyGate::find_project(
    const std::vector<std::string>& certificate_names) {
  const TablePtr keys = table();
  if (keys->certificates.empty() && !keys->anonymous) return "default";
  proto::HttpRequest shown;
  shown.certificate_names = certificate_names;
  const auto key = identify(*keys, shown, std::nullopt);
  if (!key) return count(key.error(), "key", ""), std::nullopt;
  if ((*key)->signals[static_cast<std::size_t>(model::Signal::kLogs)]) return (*key)->project;
  count(refusal(403, {}), "signal", (*key)->name);
  return std::nullopt;
}

RateLimits KeyGate::client_limits(const ApiKey& key) const {
  return or_default(key.client_limits, client_limits_);
}

Refusal KeyGate::count(Refusal refused, std::string_view why, std::string_view key) {
  registry_
      .counter("obs_gate_refused_requests_total", "Requests that the gate did not let in.",
               {{"reason", why}, {"key", key}})
      .add();
  return refused;
}

std::optional<Refusal> KeyGate::judge(const ApiKey& key, const proto::HttpRequest& request) {
  const bool has_origin = !request.header("origin").empty();
  if (!key.any_origin && has_origin && key.origins.allowed_origin(request).empty())
    return count(refusal(403, fmt::format("the key '{}' is not for pages of {}", key.name,
                                          request.header("origin"))),
                 "origin", key.name);
  const Duration now = clock_.monotonic();
  Duration wait = 0;
  if (!key.limits.is_none()) wait = meter_.wait(key.name, key.limits, now);
  const RateLimits client = client_limits(key);
  if (!client.is_none())
    wait = std::max(wait, meter_.wait(key.name + '\n' + address_of(request), client, now));
  if (wait == 0) return std::nullopt;
  return count(refusal(429,
                       fmt::format("'{}' has sent its share; come again in {}", key.name,
                                   to_duration_text(wait)),
                       wait),
               "rate", key.name);
}

std::variant<std::string, Refusal> KeyGate::admit(const proto::HttpRequest& request,
                                                  const std::optional<std::string>& credential) {
  const TablePtr keys = table();
  const auto key = identify(*keys, request, credential);
  if (!key) return count(key.error(), "key", "");
  if (auto refused = judge(**key, request)) return std::move(*refused);
  return (*key)->project;
}

std::optional<Refusal> KeyGate::charge(const proto::HttpRequest& request,
                                       const std::optional<std::string>& credential,
                                       std::size_t body_bytes, const Intake& intake) {
  const TablePtr keys = table();
  const auto key = identify(*keys, request, credential);
  if (!key) return count(key.error(), "key", "");
  RateLimits amount{1, 0, static_cast<double>(body_bytes)};
  for (const codec::Decoded& part : intake.parts) {
    amount.records += static_cast<double>(part.total);
    if (!(*key)->signals[static_cast<std::size_t>(part.batch.signal)])
      return count(refusal(403, fmt::format("the key '{}' may not send {}", (*key)->name,
                                            model::to_string(part.batch.signal))),
                   "signal", (*key)->name);
  }
  const Duration now = clock_.monotonic();
  if (!(*key)->limits.is_none()) meter_.charge((*key)->name, (*key)->limits, amount, now);
  const RateLimits client = client_limits(**key);
  if (!client.is_none())
    meter_.charge((*key)->name + '\n' + address_of(request), client, amount, now);
  return std::nullopt;
}

}  // namespace obs::api
