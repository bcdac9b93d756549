// What a consumer says to Redis: the commands of a consumer group over the slots of a stream.
//
//   NAME:00 … NAME:63       the slots, each with the group GROUP
//   NAME:consumers:GROUP    sorted set: living consumers by their last heartbeat (Redis' clock, ms)
//   NAME:groups             hash: groups by when one of their consumers was last seen
//   NAME:dead               stream: entries nobody could read, with the reason

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "libobs/places/redis_connection.h"
#include "libobs/places/redis_entry.h"

namespace obs::places {

// A position in a stream: "1700000000000-3".
struct StreamId {
  std::uint64_t milliseconds = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const StreamId&, const StreamId&) = default;
  friend bool operator<(const StreamId& a, const StreamId& b) {
    return std::tie(a.milliseconds, a.sequence) < std::tie(b.milliseconds, b.sequence);
  }
};
std::optional<StreamId> parse_stream_id(std::string_view text);
std::string to_string(const StreamId& id);
StreamId next_id(const StreamId& id);

struct SlotEntry {
  int slot = 0;
  RedisEntry entry;  // Without fields: deleted before it was read.
};

struct Burial {
  int slot = 0;
  std::string id;
  std::string reason;
};

// What a round of looking for abandoned entries found.
struct Claim {
  std::vector<SlotEntry> entries;  // Now ours.
  std::uint64_t deleted = 0;       // Trimmed or deleted under their consumer: lost.
};

// Slots and the ids in each.
using SlotIds = std::map<int, std::vector<std::string>>;

// A consumer whose last heartbeat is older is dead, and what it held is claimed.
inline constexpr Duration kLease = 5 * kSecond;
// A group none of whose consumers was seen for so long holds trimming up no more.
inline constexpr Duration kGroupExpiry = 7 * kDay;

// Not thread-safe; each call uses the connection it is given, with nothing else on its way. All
// failures are kUnavailable; after one the connection may not be used again, but where it says so.
class RedisGroup {
 public:
  RedisGroup(RedisSettings settings, std::string consumer);

  const std::string& consumer() const { return consumer_; }

  // Makes the slots and the group, which begins at the oldest entry; no error if they are there.
  Result<void> create(RedisConnection& connection) const;

  // Says that we live. Returns who does, us included.
  Result<std::vector<std::string>> beat(RedisConnection& connection) const;
  // Takes us off the list: what we still hold may be claimed at once.
  Result<void> leave(RedisConnection& connection) const;

  // The next entries of these slots, at most `count` of each; waits up to `block` for the first.
  // kNotFound: a slot or group is gone (FLUSHALL); the connection is good, call create().
  Result<std::vector<SlotEntry>> read(RedisConnection& connection, std::span<const int> slots,
                                      std::size_t count, Duration block) const;

  // What was delivered to us in this slot, or claimed by us, and is not acknowledged.
  Result<std::vector<SlotEntry>> read_own(RedisConnection& connection, int slot) const;

  // Takes over what dead consumers hold in these slots, up to some hundred entries a round. Slots
  // in which another living consumer still holds entries wait until it is done with them.
  Result<Claim> claim(RedisConnection& connection, std::span<const int> slots,
                      std::span<const std::string> living) const;

  Result<void> acknowledge(RedisConnection& connection, const SlotIds& ids) const;

  // Copies entries to NAME:dead, with the reason, and acknowledges them.
  Result<void> bury(RedisConnection& connection, std::span<const Burial> burials) const;

  // Deletes from these slots what every group has acknowledged. Returns how many entries.
  Result<std::uint64_t> trim(RedisConnection& connection, std::span<const int> slots) const;

  // Forgets consumers that are long dead and hold nothing, and groups that nobody has read for
  // kGroupExpiry; returns the names of those.
  Result<std::vector<std::string>> sweep(RedisConnection& connection, std::span<const int> slots,
                                         std::span<const std::string> living) const;

 private:
  std::string key(int slot) const;
  std::string consumers_key() const { return settings_.stream + ":consumers:" + settings_.group; }
  std::string groups_key() const { return settings_.stream + ":groups"; }

  Result<std::vector<int>> find_abandoned(RedisConnection& connection, std::span<const int> slots,
                                          std::span<const std::string> living) const;
  Result<void> claim_slot(RedisConnection& connection, int slot, Claim& claim) const;
  Result<std::vector<StreamId>> find_trim_points(RedisConnection& connection,
                                                 std::span<const int> slots) const;
  Result<std::vector<std::string>> find_expired(RedisConnection& connection) const;
  Result<void> forget_consumers(RedisConnection& connection, std::span<const int> slots,
                                std::span<const std::string> living) const;

  const RedisSettings settings_;
  const std::string consumer_;
};

// The clock of Redis, in milliseconds: the one that all consumers share.
Result<std::int64_t> redis_time(RedisConnection& connection);

}  // namespace obs::places
