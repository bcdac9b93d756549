// A connection to Redis that is logged in and has its database chosen: one call at a time, or many
// commands on their way at once.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/net/tcp_stream.h"
#include "libobs/places/places.h"
#include "libobs/proto/redis.h"

namespace obs::places {

// What the durability of a Redis must be for its word to count as an acknowledgement.
enum class Durability {
  kMemory,  // Anything goes.
  kFile,    // The append-only file is on: at most its last second is lost by a power cut.
  kPower,   // And it is synced before each answer.
};

struct RedisSettings {
  std::string name;  // The address as given, for messages.
  std::string host;
  int port = 6379;
  net::TcpOptions tcp;
  std::string user, password;
  std::string database = "0";
  std::string stream = "obs";
  std::string group;
  Durability durability = Durability::kFile;
};

// Reads a redis: or rediss: address. The password comes from the address, from `?password=`
// (@FILE and exec:COMMAND too), or from OBS_REDIS_PASSWORD, the first that is there. `role` is the
// group's name when none is given.
Result<RedisSettings> read_redis_settings(const Address& address, std::string_view role);

// Not thread-safe. Any failure but that of a wrong configuration is kUnavailable, and then the
// connection is only good for destruction.
class RedisConnection {
 public:
  using Arguments = std::span<const std::string_view>;

  // Connects, authenticates and selects. A refusal by Redis is kUnavailable with its words.
  static Result<std::unique_ptr<RedisConnection>> open(const RedisSettings& settings);

  // Sends a command and waits for its reply, which may be an error reply. Nothing else is on its
  // way.
  Result<proto::RedisReply> call(Arguments command, Duration timeout = kCallTimeout);
  // Waits for the replies of everything queued.
  Result<std::vector<proto::RedisReply>> call_all(Duration timeout = kCallTimeout);

  // The pieces of the above. queue() only appends; pump() writes and reads what can be without
  // waiting longer than `timeout`, or than until `wake` is raised; next() gives what has come.
  void queue(Arguments command);
  Result<void> pump(Duration timeout, const net::Wake* wake = nullptr);
  Result<std::optional<proto::RedisReply>> next();

  std::size_t unsent() const { return out_.size() - sent_; }
  std::size_t unanswered() const { return unanswered_; }

  // Redis may stall for a second while it syncs its file (measured: 0.9 s).
  static constexpr Duration kCallTimeout = 5 * kSecond;

 private:
  RedisConnection(std::string name, std::unique_ptr<net::TcpStream> stream);
  Result<void> log_in(const RedisSettings& settings);
  Result<proto::RedisReply> wait_next(Duration deadline);
  Result<void> write_queued();

  std::string name_;
  std::unique_ptr<net::TcpStream> stream_;
  proto::RedisParser parser_;
  std::string out_;
  std::size_t sent_ = 0;  // Bytes at the front of out_.
  std::string room_;
  std::size_t unanswered_ = 0;
};

// The reply as a failure when it is an error: kUnavailable with Redis' words.
Result<proto::RedisReply> accept_reply(Result<proto::RedisReply> reply, std::string_view action);

// Whether Redis keeps what it is given, as `wanted` has it. kUnavailable says what to change.
Result<void> check_durability(RedisConnection& connection, const RedisSettings& settings);

}  // namespace obs::places
