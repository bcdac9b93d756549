// What a Redis address says, and whether the Redis behind it keeps its word.

#include <algorithm>

#include <fmt/format.h>

#include "libobs/places/redis_connection.h"
#include "libobs/places/secret.h"

namespace obs::places {
namespace {

// A second of silence from a host is an outage: what waits must be told in that time.
constexpr Duration kConnectTimeout = kSecond;

Result<Durability> parse_durability(const Address& address) {
  const std::string word = address.option("durability", "file");
  if (word == "file") return Durability::kFile;
  if (word == "power") return Durability::kPower;
  if (word == "memory") return Durability::kMemory;
  return fail(Errc::kInvalidArgument,
              fmt::format("address '{}': durability is file, power or memory", address.text));
}

Result<std::string> find_password(const Address& address) {
  if (!address.password.empty()) return address.password;
  if (const std::string spec = address.option("password"); !spec.empty()) {
    return resolve_secret(spec);
  }
  return secret_from_environment("OBS_REDIS_PASSWORD");
}

// The value of a setting; empty when this user may not ask.
Result<std::string> get_config(RedisConnection& connection, std::string_view setting) {
  const std::string_view command[] = {"CONFIG", "GET", setting};
  OBS_TRY(auto reply, connection.call(command));
  const auto* value = reply.is_array() ? proto::find_field(reply, setting) : nullptr;
  return value ? value->text : std::string();
}

// "yes" or "no", from INFO, which managed services allow where they forbid CONFIG.
Result<std::string> ask_info(RedisConnection& connection) {
  const std::string_view command[] = {"INFO", "persistence"};
  OBS_TRY(auto reply, accept_reply(connection.call(command), "INFO persistence"));
  return std::string(reply.text.find("aof_enabled:1") != std::string::npos ? "yes" : "no");
}

Failure<Error> refuse(const RedisSettings& settings, std::string_view why) {
  return fail(Errc::kUnavailable,
              fmt::format("{} {}; or accept that what was acknowledged may be lost: "
                          "?durability={}",
                          settings.name, why,
                          settings.durability == Durability::kPower ? "file" : "memory"));
}

}  // namespace

Result<RedisSettings> read_redis_settings(const Address& address, std::string_view role) {
  RedisSettings settings;
  settings.name = address.text;
  settings.host = address.host;
  settings.port = address.port;
  settings.user = address.user;
  settings.database = address.database;
  settings.stream = address.option("stream", "obs");
  settings.group = address.option("group", role);
  settings.tcp.tls = address.scheme == "rediss";
  settings.tcp.ca_file = address.option("ca");
  settings.tcp.insecure = address.option("insecure") == "1";
  settings.tcp.connect_timeout = kConnectTimeout;
  OBS_TRY(settings.durability, parse_durability(address));
  OBS_TRY(settings.password, find_password(address));
  if (settings.stream.empty() || settings.group.empty()) {
    return fail(Errc::kInvalidArgument,
                fmt::format("address '{}': stream and group need names", address.text));
  }
  return settings;
}

Result<void> check_durability(RedisConnection& connection, const RedisSettings& settings) {
  if (settings.durability == Durability::kMemory) return {};
  OBS_TRY(std::string appending, get_config(connection, "appendonly"));
  if (appending.empty()) {
    OBS_TRY(appending, ask_info(connection));
  }
  if (appending != "yes") {
    return refuse(settings,
                  "keeps its data in memory only: turn its append-only file on (CONFIG SET "
                  "appendonly yes, and in redis.conf)");
  }
  if (settings.durability != Durability::kPower) return {};
  OBS_TRY(const std::string syncing, get_config(connection, "appendfsync"));
  if (syncing == "always") return {};
  return refuse(settings, syncing.empty()
                              ? "does not tell this user whether it syncs before it answers: allow "
                                "CONFIG GET"
                              : "does not sync before it answers: CONFIG SET appendfsync always");
}

}  // namespace obs::places
