#include "libobs/api/api_key.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::api {
namespace {

using model::Value;
using model::ValueKind;

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kMaxName = 64;

constexpr std::string_view kMembers[] = {"name",
                                         "project",
                                         "hash",
                                         "certificate",
                                         "anonymous",
                                         "signals",
                                         "origins",
                                         "requests_per_second",
                                         "records_per_second",
                                         "bytes_per_second",
                                         "client_requests_per_second",
                                         "client_records_per_second",
                                         "client_bytes_per_second"};

Failure<Error> refuse(std::string message) { return fail(Errc::kMalformed, std::move(message)); }

// Where a member that is a limit goes; nullptr when it is none.
double* find_limit(ApiKey& key, std::string_view member) {
  RateLimits& limits = member.starts_with("client_") ? key.client_limits : key.limits;
  if (member.ends_with("requests_per_second")) return &limits.requests;
  if (member.ends_with("records_per_second")) return &limits.records;
  if (member.ends_with("bytes_per_second")) return &limits.bytes;
  return nullptr;
}

Result<std::vector<std::string>> read_strings(std::string_view member, const Value& value) {
  std::vector<std::string> out;
  if (value.kind() != ValueKind::kArray)
    return refuse(fmt::format("\"{}\" is an array of strings", member));
  for (const Value& item : value.as_array()) {
    if (!item.is_string()) return refuse(fmt::format("\"{}\" is an array of strings", member));
    out.emplace_back(item.as_string());
  }
  return out;
}

Result<void> read_signals(ApiKey& key, const Value& value) {
  OBS_TRY(const auto names, read_strings("signals", value));
  key.signals.fill(false);
  for (const std::string& name : names) {
    const auto signal = std::find_if(std::begin(model::kSignals), std::end(model::kSignals),
                                     [&](model::Signal s) { return model::to_string(s) == name; });
    if (signal == std::end(model::kSignals))
      return refuse(fmt::format("\"signals\" are logs, spans and metrics, not '{}'", name));
    key.signals[static_cast<std::size_t>(*signal)] = true;
  }
  return {};
}

Result<void> read_origins(ApiKey& key, const Value& value) {
  OBS_TRY(auto names, read_strings("origins", value));
  auto origins = CorsPolicy::make(std::move(names));
  if (!origins) return refuse(fmt::format("\"origins\": {}", origins.error().message));
  key.origins = std::move(*origins);
  key.any_origin = false;
  return {};
}

Result<void> read_limit(double& limit, std::string_view member, const Value& value) {
  const double number = value.kind() == ValueKind::kInt      ? static_cast<double>(value.as_int())
                        : value.kind() == ValueKind::kDouble ? value.as_double()
                                                             : -1;
  if (number <= 0) return refuse(fmt::format("\"{}\" is a number above 0", member));
  limit = number;
  return {};
}

Result<void> read_digest(ApiKey& key, std::string_view text) {
  const std::string hash = to_lower(text);
  std::array<std::byte, kDigestDigits / 2> bytes;
  if (!hash.starts_with(kDigestPrefix) ||
      !parse_hex(std::string_view(hash).substr(kDigestPrefix.size()), bytes))
    return refuse("\"hash\" is sha256: and 64 hex digits; `obs key` makes one");
  key.digest = hash.substr(kDigestPrefix.size());
  return {};
}

Result<void> read_text(ApiKey& key, std::string_view member, const Value& value) {
  if (!value.is_string() || value.as_string().empty())
    return refuse(fmt::format("\"{}\" is a string that is not empty", member));
  const std::string_view text = value.as_string();
  if (member == "hash") return read_digest(key, text);
  if (member == "certificate") {
    key.certificate = text;
    return {};
  }
  if (member == "project" && !is_project(text))
    return refuse(fmt::format("project '{}' is not of 1 to 64 letters, digits, '-', '_' and '.'",
                              text.substr(0, kMaxName)));
  if (member == "name" && text.size() > kMaxName)
    return refuse(fmt::format("\"name\" has at most {} bytes", kMaxName));
  (member == "project" ? key.project : key.name) = text;
  return {};
}

Result<void> read_member(ApiKey& key, std::string_view member, const Value& value) {
  if (member == "signals") return read_signals(key, value);
  if (member == "origins") return read_origins(key, value);
  if (double* limit = find_limit(key, member)) return read_limit(*limit, member, value);
  if (member != "anonymous") return read_text(key, member, value);
  if (value.kind() != ValueKind::kBool) return refuse("\"anonymous\" is true or false");
  key.anonymous = value.as_bool();
  return {};
}

Result<void> check_member(std::string_view member) {
  if (std::find(std::begin(kMembers), std::end(kMembers), member) != std::end(kMembers)) return {};
  const auto nearest = find_nearest(member, kMembers);
  return refuse(nearest.empty()
                    ? fmt::format("unknown member \"{}\"", member)
                    : fmt::format("unknown member \"{}\"; did you mean \"{}\"?", member, nearest));
}

std::string owner_of(const ApiKey& key) {
  if (key.anonymous) return "anonymous";
  return key.digest.empty() ? "certificate " + key.certificate : "hash " + key.digest;
}

Result<ApiKey> parse_line(std::string_view line) {
  Arena arena;
  const auto document = codec::parse_json(line, arena);
  if (!document || document->kind() != ValueKind::kMap) return refuse("not a JSON object");
  ApiKey key;
  for (const auto& [member, value] : document->as_map()) {
    OBS_TRY_VOID(check_member(member));
    OBS_TRY_VOID(read_member(key, member, value));
  }
  if (int{key.anonymous} + int{!key.digest.empty()} + int{!key.certificate.empty()} != 1)
    return refuse("one of \"hash\", \"certificate\" and \"anonymous\" says whose it is");
  if (key.name.empty()) key.name = key.project;
  return key;
}

}  // namespace

bool is_project(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kMaxName && std::all_of(text.begin(), text.end(), fits);
}

Result<std::vector<ApiKey>> parse_api_keys(std::string_view text) {
  std::vector<ApiKey> keys;
  std::set<std::string> names;
  std::set<std::string> owners;
  std::size_t number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    auto key = parse_line(line);
    if (!key) return fail(std::move(key).error().during(fmt::format("line {}", number)));
    if (!names.insert(key->name).second)
      return refuse(fmt::format("line {}: the name '{}' is taken; give each key a \"name\"", number,
                                key->name));
    if (!owners.insert(owner_of(*key)).second)
      return refuse(fmt::format("line {}: an earlier line has the same owner", number));
    keys.push_back(std::move(*key));
  }
  return keys;
}

}  // namespace obs::api
