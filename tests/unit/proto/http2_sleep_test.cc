// Idle HTTP/2 sessions put their memory away.

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/proto/http2_memory.h"
#include "tests/unit/proto/http2_fixture.h"

using namespace obs;
using namespace obs::proto;
using namespace obs::proto::test;

namespace {

// AddressSanitizer keeps red zones around what is allocated, and what was freed for a while.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif
#elif defined(__SANITIZE_ADDRESS__)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("memory that slept holds what it held, where it was", "[proto][http2]") {
  Http2Memory memory;
  nghttp2_mem* const take = memory.functions();
  std::vector<std::pair<char*, std::string>> blocks;
  for (std::size_t size = 1; size < 3000; size = size * 3 / 2 + 1) {
    auto* block = static_cast<char*>(take->malloc(size, take->mem_user_data));
    REQUIRE(block != nullptr);
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7 % 251 * (i % 3));
    text.copy(block, size);
    blocks.emplace_back(block, text);
  }
  // More than the region has, so that some comes from elsewhere.
  auto* const large = static_cast<char*>(take->calloc(100, 1000, take->mem_user_data));
  REQUIRE(large != nullptr);
  CHECK(std::string(large, 100'000) == std::string(100'000, '\0'));
  for (int round = 0; round < 3; ++round) {
    memory.sleep();
    memory.sleep();
    CHECK(memory.is_asleep());
    memory.wake();
    memory.wake();
    for (const auto& [block, text] : blocks) CHECK(std::string(block, text.size()) == text);
  }
  // A block that was given back is used again, and grows by moving.
  take->free(blocks[0].first, take->mem_user_data);
  CHECK(take->malloc(1, take->mem_user_data) == blocks[0].first);
  auto* const grown = static_cast<char*>(take->realloc(blocks[3].first, 900, take->mem_user_data));
  CHECK(std::string(grown, blocks[3].second.size()) == blocks[3].second);
  take->free(grown, take->mem_user_data);
  take->free(large, take->mem_user_data);
  take->free(nullptr, take->mem_user_data);
}

TEST_CASE("a session sleeps between its requests, and nobody can tell", "[proto][http2]") {
  Fixture f;
  Duration now = 0;
  for (std::uint32_t id = 1; id < 40; id += 2) {
    f.feed(post(id, "/trailers", std::string(id, 'x')));
    CHECK(f.output() ==
          fmt::format("{} 200, {} data {}, {} {{grpc-status=0}} end", id, id, id, id));
    for (int i = 0; i < 3; ++i) {
      f.session.tick(now += kSecond);
      CHECK(f.output().empty());
      CHECK(f.session.wants_input());
      CHECK_FALSE(f.session.over());
    }
  }
  f.session.finish();
  CHECK(f.output() == "goaway 0");
  CHECK(f.session.over());
}

TEST_CASE("a session does not sleep while it owes an answer", "[proto][http2]") {
  Fixture f;
  f.feed(get(1, "/later") + open_post(3, "/open"));
  for (int second = 1; second <= 5; ++second) f.session.tick(second * kSecond);
  f.answer(0, "done");
  CHECK(f.output() == "1 200, 1 data 4 end");
}

TEST_CASE("a thousand idle sessions take less than 8 KB each", "[proto][http2]") {
  Handler handler;
  MemoryBudget budget{100'000};
  std::vector<std::unique_ptr<Http2Session>> sessions;
  sessions.reserve(1000);
  const std::size_t before = resident_bytes();
  for (int i = 0; i < 1000; ++i) {
    sessions.push_back(std::make_unique<Http2Session>(handler, budget));
    Http2Session& session = *sessions.back();
    handler.session = &session;
    session.feed(as_bytes(greeting() + frame(kSettings, kAck, 0, "") + get(1, "/a")));
    while (!session.take_output().empty()) continue;
    session.tick(kSecond);
    session.tick(2 * kSecond);
  }
  handler.requests.clear();
  const std::size_t used = resident_bytes() - before;
  CAPTURE(used);
  CHECK(used < (kInstrumented ? 40'000'000 : 8'000'000));
}
