// Zipkin's v2 collector API: POST /api/v2/spans, a JSON array or a ListOfSpans in protobuf, plain
// or compressed. 202; 400 with the first spans that were left out when not all were kept.

#pragma once

#include "libobs/api/plain_door.h"

namespace obs::api {

class ZipkinDoor final : public PlainDoor {
 public:
  std::string_view name() const override { return "zipkin"; }
  bool has(std::string_view path) const override { return path == "/api/v2/spans"; }
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
};

}  // namespace obs::api
