#include "libobs/places/redis_connection.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"

namespace obs::places {
namespace {

constexpr std::size_t kReadRoom = 256 * kKiB;

}  // namespace

RedisConnection::RedisConnection(std::string name, std::unique_ptr<net::TcpStream> stream)
    : name_(std::move(name)), stream_(std::move(stream)), room_(kReadRoom, '\0') {}

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisSettings& settings) {
  OBS_TRY(auto stream, net::TcpStream::connect(settings.host, settings.port, settings.tcp));
  std::unique_ptr<RedisConnection> connection(
      new RedisConnection(settings.name, std::move(stream)));
  OBS_TRY_VOID(connection->log_in(settings));
  return connection;
}

Result<void> RedisConnection::log_in(const RedisSettings& settings) {
  if (!settings.password.empty()) {
    std::vector<std::string_view> command = {"AUTH"};
    if (!settings.user.empty()) command.push_back(settings.user);
    command.push_back(settings.password);
    OBS_TRY_VOID(accept_reply(call(command), "log in to " + name_));
  }
  if (settings.database == "0") return {};
  const std::string_view command[] = {"SELECT", settings.database};
  OBS_TRY_VOID(accept_reply(call(command), fmt::format("choose a database of {}", name_)));
  return {};
}

void RedisConnection::queue(Arguments command) {
  proto::append_redis_command(out_, command);
  ++unanswered_;
}

Result<void> RedisConnection::write_queued() {
  while (unsent() > 0) {
    OBS_TRY(const std::size_t count, stream_->write_some(std::string_view(out_).substr(sent_)));
    if (count == 0) return {};
    sent_ += count;
  }
  out_.clear();
  sent_ = 0;
  return {};
}

Result<void> RedisConnection::pump(Duration timeout, const net::Wake* wake) {
  OBS_TRY_VOID(write_queued());
  const net::Ready ready = stream_->wait(true, unsent() > 0, timeout, wake);
  if (ready.writable) OBS_TRY_VOID(write_queued());
  if (!ready.readable) return {};
  OBS_TRY(const std::size_t count, stream_->read_some(room_));
  parser_.feed(as_bytes({room_.data(), count}));
  return {};
}

Result<std::optional<proto::RedisReply>> RedisConnection::next() {
  auto reply = parser_.next();
  if (!reply) {
    return fail(Errc::kUnavailable, fmt::format("{}: {}", name_, reply.error().message));
  }
  if (*reply && unanswered_ > 0) --unanswered_;
  return reply;
}

Result<proto::RedisReply> RedisConnection::wait_next(Duration deadline) {
  for (;;) {
    OBS_TRY(auto reply, next());
    if (reply) return *std::move(reply);
    const Duration left = deadline - system_clock().monotonic();
    if (left <= 0) return fail(Errc::kUnavailable, fmt::format("{} does not answer", name_));
    OBS_TRY_VOID(pump(left));
  }
}

Result<proto::RedisReply> RedisConnection::call(Arguments command, Duration timeout) {
  queue(command);
  return wait_next(system_clock().monotonic() + timeout);
}

Result<std::vector<proto::RedisReply>> RedisConnection::call_all(Duration timeout) {
  const Duration deadline = system_clock().monotonic() + timeout;
  std::vector<proto::RedisReply> replies;
  while (unanswered_ > 0) {
    OBS_TRY(auto reply, wait_next(deadline));
    replies.push_back(std::move(reply));
  }
  return replies;
}

Result<proto::RedisReply> accept_reply(Result<proto::RedisReply> reply, std::string_view action) {
  if (!reply || !reply->is_error()) return reply;
  return fail(Errc::kUnavailable, fmt::format("{}: {}", action, reply->text));
}

}  // namespace obs::places
