#include "libobs/places/redis_group.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/places/redis_slots.h"

namespace obs::places {
namespace {

using proto::RedisReply;

// Entries claimed at once: some megabytes.
constexpr std::string_view kClaimCount = "16";
// What we hold ourselves comes back from XAUTOCLAIM too. Its age begins anew with that, so that the
// next round gets to what lies behind.
constexpr Duration kClaimIdle = kSecond;
// Buried entries are for people to look at; more of them say no more.
constexpr std::string_view kMaxBuried = "10000";

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string to_milliseconds(Duration duration) { return std::to_string(duration / kMillisecond); }

// The replies to a pipeline of which none may be an error.
Result<std::vector<RedisReply>> call_all_well(RedisConnection& connection,
                                              std::string_view action) {
  OBS_TRY(auto replies, connection.call_all());
  for (RedisReply& reply : replies) {
    if (reply.is_error()) {
      return fail(Errc::kUnavailable, fmt::format("{}: {}", action, reply.text));
    }
  }
  return replies;
}

Result<void> take_entries(std::vector<RedisReply>&& items, int slot, std::vector<SlotEntry>& out) {
  for (RedisReply& item : items) {
    OBS_TRY(RedisEntry entry, take_entry(std::move(item)));
    out.push_back({slot, std::move(entry)});
  }
  return {};
}

}  // namespace

std::optional<StreamId> parse_stream_id(std::string_view text) {
  const auto dash = text.find('-');
  const auto milliseconds = parse_uint(text.substr(0, dash));
  const auto sequence = dash == text.npos ? 0 : parse_uint(text.substr(dash + 1));
  if (!milliseconds || !sequence) return std::nullopt;
  return StreamId{*milliseconds, *sequence};
}

std::string to_string(const StreamId& id) {
  return fmt::format("{}-{}", id.milliseconds, id.sequence);
}

StreamId next_id(const StreamId& id) {
  if (id.sequence == UINT64_MAX) return {id.milliseconds + 1, 0};
  return {id.milliseconds, id.sequence + 1};
}

Result<std::int64_t> redis_time(RedisConnection& connection) {
  const std::string_view command[] = {"TIME"};
  OBS_TRY(const RedisReply reply, accept_reply(connection.call(command), "ask Redis for its time"));
  const auto seconds = reply.items.size() == 2 ? parse_int(reply.items[0].text) : std::nullopt;
  const auto micros = reply.items.size() == 2 ? parse_int(reply.items[1].text) : std::nullopt;
  if (!seconds || !micros) return fail(Errc::kUnavailable, "Redis does not know the time");
  return *seconds * 1000 + *micros / 1000;
}

RedisGroup::RedisGroup(RedisSettings settings, std::string consumer)
    : settings_(std::move(settings)), consumer_(std::move(consumer)) {}

std::string RedisGroup::key(int slot) const { return slot_key(settings_.stream, slot); }

Result<void> RedisGroup::create(RedisConnection& connection) const {
  for (int slot = 0; slot < kSlots; ++slot) {
    const std::string name = key(slot);
    const std::string_view command[] = {"XGROUP", "CREATE", name, settings_.group, "0", "MKSTREAM"};
    connection.queue(command);
  }
  OBS_TRY(auto replies, connection.call_all());
  for (const RedisReply& reply : replies) {
    if (!reply.is_error() || reply.text.starts_with("BUSYGROUP")) continue;
    return fail(Errc::kUnavailable, fmt::format("make group {} of {}: {}", settings_.group,
                                                settings_.name, reply.text));
  }
  return {};
}

Result<std::vector<std::string>> RedisGroup::beat(RedisConnection& connection) const {
  OBS_TRY(const std::int64_t now, redis_time(connection));
  const std::string now_text = std::to_string(now);
  const std::string expired = fmt::format("({}", now - kLease / kMillisecond);
  const std::string consumers = consumers_key();
  const std::string groups = groups_key();
  const std::string_view commands[][4] = {
      {"ZADD", consumers, now_text, consumer_},
      {"ZREMRANGEBYSCORE", consumers, "-inf", expired},
      {"HSET", groups, settings_.group, now_text},
      {"ZRANGE", consumers, "0", "-1"},
  };
  for (const auto& command : commands) connection.queue(command);
  OBS_TRY(auto replies, call_all_well(connection, "say to Redis that we live"));
  std::vector<std::string> living;
  for (RedisReply& item : replies.back().items) living.push_back(std::move(item.text));
  return living;
}

Result<void> RedisGroup::leave(RedisConnection& connection) const {
  const std::string consumers = consumers_key();
  const std::string_view command[] = {"ZREM", consumers, consumer_};
  OBS_TRY_VOID(accept_reply(connection.call(command), "leave the group"));
  return {};
}

Result<std::vector<SlotEntry>> RedisGroup::read(RedisConnection& connection,
                                                std::span<const int> slots, std::size_t count,
                                                Duration block) const {
  const std::string count_text = std::to_string(count);
  const std::string block_text = to_milliseconds(block);
  std::map<std::string, int> keys;
  for (int slot : slots) keys.emplace(key(slot), slot);
  std::vector<std::string_view> command = {"XREADGROUP", "GROUP",    settings_.group,
                                           consumer_,    "COUNT",    count_text,
                                           "BLOCK",      block_text, "STREAMS"};
  for (const auto& [name, slot] : keys) command.push_back(name);
  command.insert(command.end(), keys.size(), ">");
  OBS_TRY(RedisReply reply, connection.call(command, block + RedisConnection::kCallTimeout));
  if (reply.is_error()) {
    const bool gone = reply.text.starts_with("NOGROUP") || reply.text.starts_with("UNBLOCKED");
    return fail(gone ? Errc::kNotFound : Errc::kUnavailable,
                fmt::format("read {}: {}", settings_.name, reply.text));
  }
  std::vector<SlotEntry> entries;
  for (RedisReply& stream : reply.items) {
    const auto found = stream.items.size() == 2 ? keys.find(stream.items[0].text) : keys.end();
    if (found == keys.end()) return fail(Errc::kUnavailable, "XREADGROUP answered nonsense");
    OBS_TRY_VOID(take_entries(std::move(stream.items[1].items), found->second, entries));
  }
  return entries;
}

Result<std::vector<SlotEntry>> RedisGroup::read_own(RedisConnection& connection, int slot) const {
  std::vector<SlotEntry> entries;
  const std::string name = key(slot);
  for (std::string after = "0";;) {
    const std::string_view command[] = {"XREADGROUP", "GROUP", settings_.group,
                                        consumer_,    "COUNT", kClaimCount,
                                        "STREAMS",    name,    after};
    OBS_TRY(RedisReply reply, accept_reply(connection.call(command), "read what we held"));
    if (reply.items.empty() || reply.items[0].items.size() != 2) return entries;
    auto& items = reply.items[0].items[1].items;
    if (items.empty()) return entries;
    OBS_TRY_VOID(take_entries(std::move(items), slot, entries));
    after = entries.back().entry.id;
  }
}

// Of these slots, those in which dead consumers hold entries and living others hold none:
// XAUTOCLAIM goes by age alone and cannot tell the living from the dead.
Result<std::vector<int>> RedisGroup::find_abandoned(RedisConnection& connection,
                                                    std::span<const int> slots,
                                                    std::span<const std::string> living) const {
  for (int slot : slots) {
    const std::string name = key(slot);
    const std::string_view command[] = {"XPENDING", name, settings_.group};
    connection.queue(command);
  }
  OBS_TRY(auto replies, connection.call_all());
  std::vector<int> abandoned;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    // An error here is a group that has just gone, which read() will notice.
    if (replies[i].items.size() != 4) continue;
    bool dead = false;
    bool busy = false;
    for (const RedisReply& holder : replies[i].items[3].items) {
      if (holder.items.empty() || holder.items[0].text == consumer_) continue;
      (contains(living, holder.items[0].text) ? busy : dead) = true;
    }
    if (dead && !busy) abandoned.push_back(slots[i]);
  }
  return abandoned;
}

Result<void> RedisGroup::claim_slot(RedisConnection& connection, int slot, Claim& claim) const {
  const std::string name = key(slot);
  const std::string idle = to_milliseconds(kClaimIdle);
  const std::string_view command[] = {"XAUTOCLAIM", name, settings_.group, consumer_,
                                      idle,         "0",  "COUNT",         kClaimCount};
  OBS_TRY(RedisReply reply, accept_reply(connection.call(command), "claim abandoned entries"));
  if (reply.items.size() < 2) return fail(Errc::kUnavailable, "XAUTOCLAIM answered nonsense");
  OBS_TRY_VOID(take_entries(std::move(reply.items[1].items), slot, claim.entries));
  // Since Redis 7: ids that were deleted from the stream while they were pending.
  if (reply.items.size() > 2) claim.deleted += reply.items[2].items.size();
  return {};
}

Result<Claim> RedisGroup::claim(RedisConnection& connection, std::span<const int> slots,
                                std::span<const std::string> living) const {
  constexpr std::size_t kEnough = 128;
  Claim claim;
  OBS_TRY(const auto abandoned, find_abandoned(connection, slots, living));
  for (int slot : abandoned) {
    if (claim.entries.size() >= kEnough) break;
    OBS_TRY_VOID(claim_slot(connection, slot, claim));
  }
  return claim;
}

Result<void> RedisGroup::acknowledge(RedisConnection& connection, const SlotIds& ids) const {
  for (const auto& [slot, acknowledged] : ids) {
    const std::string name = key(slot);
    std::vector<std::string_view> command = {"XACK", name, settings_.group};
    command.insert(command.end(), acknowledged.begin(), acknowledged.end());
    connection.queue(command);
  }
  OBS_TRY_VOID(call_all_well(connection, "acknowledge"));
  return {};
}

Result<void> RedisGroup::bury(RedisConnection& connection, std::span<const Burial> burials) const {
  const std::string dead = settings_.stream + ":dead";
  for (const Burial& burial : burials) {
    const std::string name = key(burial.slot);
    const std::string_view fetch[] = {"XRANGE", name, burial.id, burial.id};
    OBS_TRY(RedisReply found, accept_reply(connection.call(fetch), "fetch a bad entry"));
    std::vector<std::string_view> add = {"XADD",     dead,      "MAXLEN", "~",
                                         kMaxBuried, "*",       "key",    name,
                                         "id",       burial.id, "reason", burial.reason};
    if (!found.items.empty() && found.items[0].items.size() == 2) {
      for (const RedisReply& field : found.items[0].items[1].items) add.push_back(field.text);
    }
    OBS_TRY_VOID(accept_reply(connection.call(add), "bury a bad entry"));
    OBS_TRY_VOID(acknowledge(connection, {{burial.slot, {burial.id}}}));
  }
  return {};
}

}  // namespace obs::places
