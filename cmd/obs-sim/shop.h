// The shop: its services, what they are written in, and the instances that run.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace obs::sim {

enum class Service : std::uint8_t {
  kFrontend,
  kAuth,
  kCatalog,
  kCart,
  kCheckout,
  kPayment,
  kShipping,
  kInventory,
  kEmail,
  kRecommendation,
  kAd,
  kCurrency,
};
inline constexpr std::size_t kServiceCount = 12;

enum class Language : std::uint8_t {
  kNodejs,
  kGo,
  kJava,
  kDotnet,
  kRust,
  kPython,
  kRuby,
  kCpp,
};
inline constexpr std::size_t kLanguageCount = 8;

struct ServiceInfo {
  std::string_view name;
  Language language = Language::kGo;
  std::string_view version;
  std::uint8_t instances = 2;
  // Its SDK is set to delta temporality, as some back ends ask for.
  bool delta = false;
  double memory_mib = 100;
  bool has_database = false;  // Keeps a pool of PostgreSQL connections.
};

// How a language's SDK, its instrumentations and its favourite logger present themselves.
struct LanguageInfo {
  std::string_view name;
  std::string_view runtime;
  std::string_view runtime_version;
  std::string_view sdk_version;
  std::string_view server_scope;
  std::string_view client_scope;
  std::string_view scope_version;
  std::array<std::string_view, 4> severities;  // Debug, info, warn, error.
};

const ServiceInfo& info(Service service);
const LanguageInfo& info(Language language);
inline const LanguageInfo& language_of(Service service) { return info(info(service).language); }

inline constexpr std::size_t kMaxInstances = 4;  // Of one service.

struct Instance {
  Service service = Service::kFrontend;
  std::uint8_t index = 0;

  // A number of its own among all instances, below kInstanceIds.
  std::size_t id() const { return static_cast<std::size_t>(service) * kMaxInstances + index; }
};
inline constexpr std::size_t kInstanceIds = kServiceCount * kMaxInstances;

}  // namespace obs::sim
