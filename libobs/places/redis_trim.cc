// What a group lets go of: entries that all groups are done with, consumers and groups that will
// not come back.
//
// Redis trims unread entries as gladly as read ones (six entries, two pending, XTRIM MAXLEN 1: five
// gone). So nothing is trimmed by length, only below the lowest id that some group still needs, and
// a Redis that fills up meanwhile answers OOM, which pushes back on those who write.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/places/redis_group.h"
#include "libobs/places/redis_slots.h"

namespace obs::places {
namespace {

using proto::RedisReply;

// A process may be stopped for minutes and go on; after so long without a command it has not.
constexpr std::int64_t kConsumerExpiryMs = kHour / kMillisecond;

std::string text_of(const RedisReply& reply, std::string_view name) {
  const RedisReply* field = proto::find_field(reply, name);
  return field ? field->text : std::string();
}

std::int64_t number_of(const RedisReply& reply, std::string_view name) {
  const RedisReply* field = proto::find_field(reply, name);
  return field ? field->integer : 0;
}

// The lowest id a group still needs, when nothing of it is pending: the one after the last it got.
std::optional<StreamId> after_last_delivered(const RedisReply& group) {
  const auto last = parse_stream_id(text_of(group, "last-delivered-id"));
  return last ? std::optional(next_id(*last)) : std::nullopt;
}

}  // namespace

// For each slot the id below which nothing is needed; 0-0 where that is not known.
Result<std::vector<StreamId>> RedisGroup::find_trim_points(RedisConnection& connection,
                                                           std::span<const int> slots) const {
  for (int slot : slots) {
    const std::string name = key(slot);
    const std::string_view command[] = {"XINFO", "GROUPS", name};
    connection.queue(command);
  }
  OBS_TRY(const auto infos, connection.call_all());
  // Asked after the positions: what is delivered in between lies above them.
  std::vector<std::size_t> asked;
  std::vector<StreamId> points(slots.size());
  for (std::size_t i = 0; i < infos.size(); ++i) {
    std::optional<StreamId> lowest;
    for (const RedisReply& group : infos[i].items) {
      const auto needed = after_last_delivered(group);
      lowest = std::min(lowest.value_or(StreamId{UINT64_MAX, 0}), needed.value_or(StreamId{}));
      const std::string name = key(slots[i]);
      const std::string group_name = text_of(group, "name");
      const std::string_view command[] = {"XPENDING", name, group_name};
      connection.queue(command);
      asked.push_back(i);
    }
    points[i] = lowest.value_or(StreamId{});
  }
  OBS_TRY(const auto pendings, connection.call_all());
  for (std::size_t i = 0; i < pendings.size(); ++i) {
    StreamId& point = points[asked[i]];
    const auto& pending = pendings[i];
    if (pending.items.size() != 4) {
      point = {};
    } else if (pending.items[0].integer > 0) {
      point = std::min(point, parse_stream_id(pending.items[1].text).value_or(StreamId{}));
    }
  }
  return points;
}

Result<std::uint64_t> RedisGroup::trim(RedisConnection& connection,
                                       std::span<const int> slots) const {
  OBS_TRY(const auto points, find_trim_points(connection, slots));
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == StreamId{}) continue;
    const std::string name = key(slots[i]);
    const std::string point = to_string(points[i]);
    const std::string_view command[] = {"XTRIM", name, "MINID", point};
    connection.queue(command);
  }
  OBS_TRY(const auto replies, connection.call_all());
  std::uint64_t trimmed = 0;
  for (const RedisReply& reply : replies) {
    if (reply.is_error()) return fail(Errc::kUnavailable, fmt::format("trim: {}", reply.text));
    trimmed += static_cast<std::uint64_t>(reply.integer);
  }
  return trimmed;
}

Result<std::vector<std::string>> RedisGroup::sweep(RedisConnection& connection,
                                                   std::span<const int> slots,
                                                   std::span<const std::string> living) const {
  OBS_TRY_VOID(forget_consumers(connection, slots, living));
  OBS_TRY(auto expired, find_expired(connection));
  for (const std::string& group : expired) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const std::string name = key(slot);
      const std::string_view destroy[] = {"XGROUP", "DESTROY", name, group};
      connection.queue(destroy);
    }
    const std::string groups = groups_key();
    const std::string_view forget[] = {"HDEL", groups, group};
    connection.queue(forget);
    OBS_TRY_VOID(connection.call_all());
  }
  return expired;
}

Result<std::vector<std::string>> RedisGroup::find_expired(RedisConnection& connection) const {
  OBS_TRY(const std::int64_t now, redis_time(connection));
  const std::string groups = groups_key();
  const std::string_view command[] = {"HGETALL", groups};
  OBS_TRY(const RedisReply reply, accept_reply(connection.call(command), "list the groups"));
  std::vector<std::string> expired;
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    const auto seen = parse_int(reply.items[i + 1].text);
    if (seen && now - *seen > kGroupExpiry / kMillisecond) expired.push_back(reply.items[i].text);
  }
  return expired;
}

// Removing a consumer that holds entries would lose them to the group.
Result<void> RedisGroup::forget_consumers(RedisConnection& connection, std::span<const int> slots,
                                          std::span<const std::string> living) const {
  for (int slot : slots) {
    const std::string name = key(slot);
    const std::string_view command[] = {"XINFO", "CONSUMERS", name, settings_.group};
    connection.queue(command);
  }
  OBS_TRY(const auto replies, connection.call_all());
  for (std::size_t i = 0; i < replies.size(); ++i) {
    for (const RedisReply& consumer : replies[i].items) {
      const std::string name = text_of(consumer, "name");
      const bool lives = std::find(living.begin(), living.end(), name) != living.end();
      if (lives || number_of(consumer, "pending") > 0) continue;
      if (number_of(consumer, "idle") < kConsumerExpiryMs) continue;
      const std::string slot = key(slots[i]);
      const std::string_view command[] = {"XGROUP", "DELCONSUMER", slot, settings_.group, name};
      connection.queue(command);
    }
  }
  OBS_TRY_VOID(connection.call_all());
  return {};
}

}  // namespace obs::places
