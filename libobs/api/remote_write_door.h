// Prometheus remote write as a server speaks it, 1.0 and 2.0, on /api/v1/write and /api/v1/push.
//
//   204  everything is stored
//   400  something can never be stored, and the text names it; what can be is stored all the same
//   405, 413, 415  another method, too long a body, another message or compression
//   429, 503       the sender should come again with all of it
//
// To senders of 2.0 each answer says in X-Prometheus-Remote-Write-*-Written what of it is stored.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/api/door.h"
#include "libobs/codec/remote_write.h"

namespace obs::api {

// The version that the Content-Type asks for: 1.0 when it names no message, or when there is none;
// nullopt for anything that is not remote write.
std::optional<codec::RemoteWriteVersion> find_remote_write(const proto::HttpRequest& request);

class RemoteWriteDoor final : public Door {
 public:
  // Families that are remembered of a project, and their texts, in bytes.
  static constexpr std::size_t kMaxFamilies = 50'000;
  static constexpr std::size_t kMaxFamilyText = 16 * kMiB;

  std::string_view name() const override { return "remote_write"; }
  bool has(std::string_view path) const override;
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  codec::Compression compression(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;

 private:
  codec::MetadataTablePtr known(const std::string& project) const;
  void remember(const std::string& project, codec::MetadataTable&& said) const;

  // Senders of 1.0 say what a metric is in requests of their own, so it is kept for the others.
  mutable std::mutex mutex_;
  mutable std::map<std::string, codec::MetadataTablePtr> known_;  // By project.
};

}  // namespace obs::api
