// The Redis protocol (RESP 2) without sockets: commands to bytes, bytes to replies. On hiredis'
// reader.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/result.h"

namespace obs::proto {

struct RedisReply {
  enum class Kind : std::uint8_t { kNil, kStatus, kString, kInteger, kError, kArray };

  Kind kind = Kind::kNil;
  std::string text;          // Of a status, string or error.
  std::int64_t integer = 0;  // Of an integer.
  std::vector<RedisReply> items;

  bool is_nil() const { return kind == Kind::kNil; }
  bool is_error() const { return kind == Kind::kError; }
  bool is_array() const { return kind == Kind::kArray; }
};

// The value that follows `name` in a reply that lists names and values, as XINFO's do; nullptr when
// there is none.
const RedisReply* find_field(const RedisReply& reply, std::string_view name);

// Appends one command as an array of bulk strings. By hand: hiredis' formatter makes a copy of its
// own, and the arguments of XADD are large.
void append_redis_command(std::string& out, std::span<const std::string_view> arguments);

// An unfinished reply may take so much. Redis itself knows no longer string.
inline constexpr std::size_t kMaxRedisReply = 512 * kMiB;

// Bytes in, replies out, in their order. After a failure the stream cannot be resynchronised: close
// it and start with a new parser. What a reply claims to hold is allocated as it arrives, never
// ahead. One thread at a time.
class RedisParser {
 public:
  explicit RedisParser(std::size_t max_reply = kMaxRedisReply);
  ~RedisParser();
  RedisParser(RedisParser&&) noexcept;
  RedisParser& operator=(RedisParser&&) noexcept;

  void feed(Bytes bytes);

  // The next whole reply; nullopt: more bytes are needed. kMalformed: no RESP, or nested deeper
  // than seven arrays. kLimitExceeded: an unfinished reply has passed the limit.
  Result<std::optional<RedisReply>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obs::proto
