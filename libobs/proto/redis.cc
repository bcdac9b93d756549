#include "libobs/proto/redis.h"

#include <utility>

#include <fmt/format.h>
#include <hiredis/read.h>

#include "libobs/base/text.h"

namespace obs::proto {
namespace {

using Kind = RedisReply::Kind;

// hiredis builds a reply from its root down, one task a value. A value under construction is the
// last of its parent, so no vector grows while something points into it.
RedisReply* make_reply(const redisReadTask* task, Kind kind) {
  RedisReply* reply = nullptr;
  if (task->parent) {
    reply = &static_cast<RedisReply*>(task->parent->obj)->items.emplace_back();
  } else {
    reply = new RedisReply;
  }
  reply->kind = kind;
  return reply;
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) {
  Kind kind = Kind::kString;
  if (task->type == REDIS_REPLY_ERROR) kind = Kind::kError;
  if (task->type == REDIS_REPLY_STATUS) kind = Kind::kStatus;
  RedisReply* reply = make_reply(task, kind);
  reply->text.assign(text, size);
  return reply;
}

void* create_array(const redisReadTask* task, int) { return make_reply(task, Kind::kArray); }

void* create_integer(const redisReadTask* task, long long value) {
  RedisReply* reply = make_reply(task, Kind::kInteger);
  reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) { return make_reply(task, Kind::kNil); }

// Only ever called for a root: the rest is inside.
void free_reply(void* reply) { delete static_cast<RedisReply*>(reply); }

// hiredis takes them by a pointer to what it never changes.
redisReplyObjectFunctions functions = {create_string, create_array, create_integer, create_nil,
                                       free_reply};

// Room that the reader keeps between replies, so that it need not grow for each.
constexpr std::size_t kKeptRoom = kMiB;

}  // namespace

struct RedisParser::State {
  explicit State(std::size_t limit)
      : max_reply(limit), reader(redisReaderCreateWithFunctions(&functions), redisReaderFree) {
    reader->maxbuf = kKeptRoom;
  }

  std::size_t max_reply;
  std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader;
};

RedisParser::RedisParser(std::size_t max_reply) : state_(std::make_unique<State>(max_reply)) {}
RedisParser::~RedisParser() = default;
RedisParser::RedisParser(RedisParser&&) noexcept = default;
RedisParser& RedisParser::operator=(RedisParser&&) noexcept = default;

void RedisParser::feed(Bytes bytes) {
  // A failure shows in next(), which the reader then refuses too.
  (void)redisReaderFeed(state_->reader.get(), as_text(bytes).data(), bytes.size());
}

Result<std::optional<RedisReply>> RedisParser::next() {
  redisReader& reader = *state_->reader;
  void* raw = nullptr;
  if (redisReaderGetReply(&reader, &raw) != REDIS_OK) {
    return fail(Errc::kMalformed,
                fmt::format("the peer does not speak Redis' protocol: {}",
                            repair_utf8(static_cast<const char*>(reader.errstr))));
  }
  if (raw) {
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(raw));
    return std::optional<RedisReply>(std::move(*reply));
  }
  if (reader.len - reader.pos > state_->max_reply) {
    return fail(Errc::kLimitExceeded,
                fmt::format("a reply of more than {} bytes", state_->max_reply));
  }
  return std::optional<RedisReply>();
}

const RedisReply* find_field(const RedisReply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    if (reply.items[i].text == name) return &reply.items[i + 1];
  }
  return nullptr;
}

void append_redis_command(std::string& out, std::span<const std::string_view> arguments) {
  out += fmt::format("*{}\r\n", arguments.size());
  for (std::string_view argument : arguments) {
    out += fmt::format("${}\r\n", argument.size());
    out += argument;
    out += "\r\n";
  }
}

}  // namespace obs::proto
