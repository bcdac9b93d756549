// KeyGate: the gate that a table of API keys makes.
//
// A key is looked for in x-api-key, in Authorization (Bearer, Basic with the key as password or
// alone as user, ApiKey as Elasticsearch's clients have it), and where the door says; a client's
// certificate counts when there is none. Whoever shows a key that is not in a table of keys is
// refused, also where anonymous senders are let in: a mistake should not look like success.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libobs/api/api_key.h"
#include "libobs/api/gate.h"
#include "libobs/api/rate_meter.h"
#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"

namespace obs::api {

// Any thread.
class KeyGate final : public Gate {
 public:
  // `client_limits` are those of one address where its key has no client limits of its own. The
  // registry and the clock outlive the gate.
  KeyGate(std::vector<ApiKey> keys, RateLimits client_limits, Registry& registry,
          const Clock& clock);

  // Takes effect with the next request. What senders have had is remembered by the names of keys.
  void replace(std::vector<ApiKey> keys);

  // For protocols without requests, whose peers show nothing but a certificate: the project of the
  // first of its names that a key has, else that of anonymous senders, or `default` where no key is
  // a certificate. nullopt, which is counted, for who is unknown or may not send logs.
  std::optional<std::string> find_project(const std::vector<std::string>& certificate_names);

  std::variant<std::string, Refusal> admit(const proto::HttpRequest& request,
                                           const std::optional<std::string>& credential) override;
  std::optional<Refusal> charge(const proto::HttpRequest& request,
                                const std::optional<std::string>& credential,
                                std::size_t body_bytes, const Intake& intake) override;

 private:
  struct Table {
    std::vector<ApiKey> keys;
    std::map<std::string, std::size_t, std::less<>> digests;
    std::map<std::string, std::size_t, std::less<>> certificates;
    std::optional<std::size_t> anonymous;
  };
  using TablePtr = std::shared_ptr<const Table>;

  static TablePtr index(std::vector<ApiKey> keys);
  TablePtr table() const;
  Result<const ApiKey*, Refusal> identify(const Table& table, const proto::HttpRequest& request,
                                          const std::optional<std::string>& credential) const;
  std::optional<Refusal> judge(const ApiKey& key, const proto::HttpRequest& request);
  RateLimits client_limits(const ApiKey& key) const;
  Refusal count(Refusal refusal, std::string_view why, std::string_view key);

  mutable std::mutex mutex_;
  TablePtr table_;
  const RateLimits client_limits_;
  RateMeter meter_;
  Registry& registry_;
  const Clock& clock_;
};

// The key that the request's headers show; nullopt when they show none.
std::optional<std::string> find_api_key(const proto::HttpRequest& request);

}  // namespace obs::api
