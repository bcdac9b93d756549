#include "cmd/obs-sim/fleet.h"

#include <limits>

#include <fmt/format.h>

#include "cmd/obs-sim/random.h"

namespace obs::sim {
namespace {

using model::KeyValue;
using model::Value;

constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
constexpr std::string_view kSchemaUrl = "https://opentelemetry.io/schemas/1.29.0";
constexpr std::uint64_t kNodes = 4;

std::string make_uuid(Random random) {
  const std::uint64_t high = (random.next() & ~0xF000ULL) | 0x4000;
  const std::uint64_t low = (random.next() & ~(3ULL << 62)) | 2ULL << 62;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFF'FFFF'FFFF);
}

// The names that Kubernetes makes for pods: five of these letters at the end.
std::string make_pod_name(std::string_view service, std::string_view version, Random random) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::string name = fmt::format("{}-{:08x}-", service, Random(version.back()).next() >> 32);
  for (int i = 0; i < 5; ++i) name += kLetters[random.below(kLetters.size())];
  return name;
}

}  // namespace

std::uint32_t Fleet::scope(Instance at, Timestamp time, Library library) {
  const Deployment deployment = weather_.deployment(at, time);
  auto& generations = known_[at.id()];
  if (generations.size() <= deployment.generation) {
    generations.resize(deployment.generation + 1, kUnknown);
  }
  std::uint32_t& resource = generations[deployment.generation];
  if (resource == kUnknown) resource = add(at, deployment);
  return resource * kLibraryCount + static_cast<std::uint32_t>(library);
}

std::uint32_t Fleet::add(Instance at, const Deployment& deployment) {
  const auto index = static_cast<std::uint32_t>(resources_.size());
  model::Resource resource;
  resource.attributes = describe(at, deployment);
  resource.service = info(at.service).name;
  resource.schema_url = kSchemaUrl;
  resources_.push_back(resource);

  const LanguageInfo& language = language_of(at.service);
  const std::string own = fmt::format("shop.{}", info(at.service).name);
  const auto add_scope = [&](std::string_view name, std::string_view version) {
    model::Scope scope;
    scope.resource = index;
    scope.name = name;
    scope.version = version;
    scopes_.push_back(scope);
  };
  add_scope(language.server_scope, language.scope_version);
  add_scope(language.client_scope, language.scope_version);
  add_scope(arena_->copy(own), {});
  return index;
}

model::Attributes Fleet::describe(Instance at, const Deployment& deployment) {
  const ServiceInfo& service = info(at.service);
  const LanguageInfo& language = language_of(at.service);
  const auto copied = [&](const std::string& text) { return Value::string(arena_->copy(text)); };
  Random random(mix({seed_, at.id(), deployment.generation}));
  const Value pod = copied(make_pod_name(service.name, deployment.version, random));
  const KeyValue attributes[] = {
      {"service.name", Value::string(service.name)},
      {"service.namespace", Value::string("shop")},
      {"service.version", Value::string(deployment.version)},
      {"service.instance.id", copied(make_uuid(random))},
      {"deployment.environment.name", Value::string("production")},
      {"telemetry.sdk.language", Value::string(language.name)},
      {"telemetry.sdk.name", Value::string("opentelemetry")},
      {"telemetry.sdk.version", Value::string(language.sdk_version)},
      {"process.runtime.name", Value::string(language.runtime)},
      {"process.runtime.version", Value::string(language.runtime_version)},
      {"process.pid", Value::integer(1 + static_cast<std::int64_t>(random.below(60)))},
      {"os.type", Value::string("linux")},
      {"host.name", copied(fmt::format("node-{}", mix({seed_, at.id()}) % kNodes + 1))},
      {"k8s.namespace.name", Value::string("shop")},
      {"k8s.pod.name", pod},
      {"cloud.region", Value::string("eu-central-1")},
  };
  return arena_->copy_array<KeyValue>(attributes);
}

}  // namespace obs::sim
