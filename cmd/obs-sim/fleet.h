// The fleet: the resources and scopes of every instance that ever ran, by index, as batches want
// them.

#pragma once

#include <array>
#include <memory>
#include <vector>

#include "cmd/obs-sim/weather.h"
#include "libobs/model/batch.h"

namespace obs::sim {

// Who in an instance speaks: an instrumentation of what it serves, of what it calls, or the
// service's own code.
enum class Library : std::uint8_t { kServer, kClient, kApp };
inline constexpr std::size_t kLibraryCount = 3;

class Fleet {
 public:
  Fleet(const Weather& weather, std::uint64_t seed) : weather_(weather), seed_(seed) {}

  // Index into scopes() for what runs as `at` at that time. Indexes never change meaning.
  std::uint32_t scope(Instance at, Timestamp time, Library library);

  const std::vector<model::Resource>& resources() const { return resources_; }
  const std::vector<model::Scope>& scopes() const { return scopes_; }
  // Owns their text. May be read on other threads while it grows here.
  std::shared_ptr<const Arena> arena() const { return arena_; }
  // For other text that lives as long.
  Arena& text() { return *arena_; }

 private:
  std::uint32_t add(Instance at, const Deployment& deployment);
  model::Attributes describe(Instance at, const Deployment& deployment);

  const Weather& weather_;
  std::uint64_t seed_;
  std::shared_ptr<Arena> arena_ = std::make_shared<Arena>();
  std::vector<model::Resource> resources_;
  std::vector<model::Scope> scopes_;
  // By instance and generation: the index of its resource.
  std::array<std::vector<std::uint32_t>, kInstanceIds> known_;
};

}  // namespace obs::sim
