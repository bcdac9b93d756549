// Loki's push API: POST /loki/api/v1/push, and the older /api/prom/push.
//
// Protobuf in snappy, which is what no Content-Type means, or JSON, plain or compressed. 204; 400
// with the first entries that were left out when not all were kept. X-Scope-OrgID is not heard: a
// project comes of authentication alone.

#pragma once

#include "libobs/api/plain_door.h"

namespace obs::api {

class LokiDoor final : public PlainDoor {
 public:
  std::string_view name() const override { return "loki"; }
  bool has(std::string_view path) const override;
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  codec::Compression compression(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
};

}  // namespace obs::api
