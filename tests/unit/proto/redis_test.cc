#include "libobs/proto/redis.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

namespace obs::proto {
namespace {

using namespace std::string_view_literals;

// A reply as text: +OK "text" :1 -ERR nil [a b].
std::string show(const RedisReply& reply) {
  using Kind = RedisReply::Kind;
  switch (reply.kind) {
    case Kind::kNil: return "nil";
    case Kind::kStatus: return "+" + reply.text;
    case Kind::kString: return "\"" + reply.text + "\"";
    case Kind::kInteger: return fmt::format(":{}", reply.integer);
    case Kind::kError: return "-" + reply.text;
    case Kind::kArray: break;
  }
  std::string out = "[";
  for (const RedisReply& item : reply.items) out += (out.size() > 1 ? " " : "") + show(item);
  return out + "]";
}

std::string parse(std::string_view bytes) {
  RedisParser parser;
  parser.feed(as_bytes(bytes));
  auto reply = parser.next();
  if (!reply) return "refused";
  return *reply ? show(**reply) : "incomplete";
}

struct Case {
  std::string_view bytes;
  std::string_view expected;
};

constexpr Case kReplies[] = {
    {"+OK\r\n", "+OK"},
    {"-ERR no\r\n", "-ERR no"},
    {":-42\r\n", ":-42"},
    {"$5\r\nhello\r\n", "\"hello\""},
    {"$0\r\n\r\n", "\"\""},
    {"$-1\r\n", "nil"},
    {"*-1\r\n", "nil"},
    {"*0\r\n", "[]"},
    {"*2\r\n$1\r\na\r\n:7\r\n", "[\"a\" :7]"},
    {"*2\r\n*2\r\n$1\r\nk\r\n*1\r\n$-1\r\n*0\r\n", "[[\"k\" [nil]] []]"},
};

TEST_CASE("replies of every kind are read", "[proto][redis]") {
  for (const Case& c : kReplies) CHECK(parse(c.bytes) == c.expected);
}

TEST_CASE("a reply cut at any byte is waited for", "[proto][redis]") {
  for (const Case& c : kReplies) {
    for (std::size_t cut = 0; cut < c.bytes.size(); ++cut) {
      RedisParser parser;
      parser.feed(as_bytes(c.bytes.substr(0, cut)));
      auto early = parser.next();
      REQUIRE(early);
      CHECK_FALSE(*early);
      parser.feed(as_bytes(c.bytes.substr(cut)));
      auto whole = parser.next();
      REQUIRE(whole);
      REQUIRE(*whole);
      CHECK(show(**whole) == c.expected);
    }
  }
}

TEST_CASE("replies come out in their order", "[proto][redis]") {
  RedisParser parser;
  parser.feed(as_bytes("+a\r\n:1\r\n$1\r\nb\r\n"));
  for (const char* expected : {"+a", ":1", "\"b\""}) CHECK(show(**parser.next()) == expected);
  CHECK_FALSE(*parser.next());
}

TEST_CASE("what is no Redis is refused", "[proto][redis]") {
  for (std::string_view bytes :
       {"HTTP/1.1 400 Bad Request\r\n"sv, "*1\r\n?\r\n"sv,
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"sv}) {
    CHECK(parse(bytes) == "refused");
  }
}

TEST_CASE("a reply that claims to be huge costs nothing until it arrives", "[proto][redis]") {
  CHECK(parse("*2000000000\r\n") == "incomplete");
  CHECK(parse("$2000000000\r\n") == "incomplete");
}

TEST_CASE("an unfinished reply beyond the limit is refused", "[proto][redis]") {
  RedisParser parser(100);
  parser.feed(as_bytes("$1000\r\n" + std::string(90, 'x')));
  REQUIRE(parser.next());
  parser.feed(as_bytes(std::string(90, 'x')));
  auto reply = parser.next();
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::kLimitExceeded);
}

TEST_CASE("a command is an array of bulk strings", "[proto][redis]") {
  std::string out;
  const std::string_view arguments[] = {"SET", "k", "a\r\nb", ""};
  append_redis_command(out, arguments);
  CHECK(out == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n$0\r\n\r\n");
  CHECK(parse(out) == "[\"SET\" \"k\" \"a\r\nb\" \"\"]");
}

TEST_CASE("a field is found by its name", "[proto][redis]") {
  RedisParser parser;
  parser.feed(as_bytes("*4\r\n$4\r\nname\r\n$1\r\ng\r\n$7\r\npending\r\n:3\r\n"));
  const auto reply = **parser.next();
  REQUIRE(find_field(reply, "pending"));
  CHECK(find_field(reply, "pending")->integer == 3);
  CHECK_FALSE(find_field(reply, "lag"));
}

}  // namespace
}  // namespace obs::proto
