// What the tests of Redis streams share: places opened on one registry, and batches that spread
// over the slots.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "libobs/places/redis_group.h"
#include "libobs/places/redis_slots.h"
#include "tests/unit/places/redis_server.h"
#include "tests/unit/places/support.h"

namespace obs::places {

struct RedisBench {
  Registry registry;
  mutable std::mutex mutex;
  std::vector<std::string> warnings;
  std::string source_problem;

  OpenContext context() {
    OpenContext context{registry, "obs-store"};
    context.warn = [this](std::string_view message) {
      std::lock_guard lock(mutex);
      warnings.emplace_back(message);
    };
    context.health = [this](pipeline::Health health) {
      std::lock_guard lock(mutex);
      source_problem = health.detail;
    };
    return context;
  }
  std::unique_ptr<pipeline::Sink> sink(const std::string& url) {
    auto sink = open_sink(address_of(url), context());
    REQUIRE(sink);
    return *std::move(sink);
  }
  std::unique_ptr<pipeline::Source> source(const std::string& url) {
    auto source = open_source(address_of(url), context());
    REQUIRE(source);
    return *std::move(source);
  }
  std::uint64_t count(const char* what) {
    return registry.counter(fmt::format("obs_places_redis_entries_{}_total", what), "").value();
  }
  std::string problem() const {
    std::lock_guard lock(mutex);
    return source_problem;
  }
};

// `count` logs of as many resources, so that they spread over the slots.
inline model::BatchPtr spread(const std::string& prefix, int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    lines.push_back(log_line(fmt::format("{}{}", prefix, i), fmt::format("host-{}", i)));
  }
  return make_batch(lines);
}

inline std::multiset<std::string> bodies(const std::string& prefix, int count) {
  std::multiset<std::string> all;
  for (int i = 0; i < count; ++i) all.insert(fmt::format("{}{}", prefix, i));
  return all;
}

inline std::vector<int> all_slots() {
  std::vector<int> all(kSlots);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// A consumer's view of the group of `settings`, with the connection it asks on.
struct GroupBench {
  explicit GroupBench(const RedisServer& redis, const std::string& name = "g")
      : group(settings_of(redis, name), name + "-consumer"), connection(connect(redis, name)) {
    REQUIRE(group.create(*connection));
  }
  static RedisSettings settings_of(const RedisServer& redis, const std::string& name) {
    RedisSettings settings = *read_redis_settings(address_of(redis.url()), name);
    settings.group = name;
    return settings;
  }
  static std::unique_ptr<RedisConnection> connect(const RedisServer& redis,
                                                  const std::string& name) {
    auto connection = RedisConnection::open(settings_of(redis, name));
    REQUIRE(connection);
    return *std::move(connection);
  }

  RedisGroup group;
  std::unique_ptr<RedisConnection> connection;
};

}  // namespace obs::places
