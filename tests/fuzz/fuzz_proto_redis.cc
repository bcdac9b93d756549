// Replies as a Redis, or something that is none, may send them.

#include "libobs/base/bytes.h"
#include "libobs/proto/redis.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

namespace {

std::size_t count_values(const proto::RedisReply& reply) {
  std::size_t count = 1;
  for (const auto& item : reply.items) count += count_values(item);
  return count;
}

// How many replies come out before the end or the first failure.
std::size_t drain(proto::RedisParser& parser, bool& failed) {
  std::size_t replies = 0;
  for (;;) {
    auto reply = parser.next();
    failed = !reply;
    if (failed || !*reply) return replies;
    check(count_values(**reply) >= 1, "a reply is at least itself");
    ++replies;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  bool failed = false;
  proto::RedisParser whole(64 * kKiB);
  whole.feed(as_bytes(input));
  const std::size_t expected = drain(whole, failed);

  bool failed_in_parts = false;
  proto::RedisParser parts(64 * kKiB);
  std::size_t replies = 0;
  for (std::size_t at = 0; at < size && !failed_in_parts; at += 3) {
    parts.feed(as_bytes(input.substr(at, 3)));
    replies += drain(parts, failed_in_parts);
  }
  check(replies == expected, "the pieces of a stream hold the replies of the whole");
  check(failed == failed_in_parts, "and fail where the whole does");
  return 0;
}
