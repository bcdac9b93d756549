// Elasticsearch's API as far as those who ship logs use it: POST or PUT /_bulk and /INDEX/_bulk
// with a status for each item, single documents at /INDEX/_doc and /INDEX/_create, and GET / with
// what makes official clients accept us. What shippers ask for when they start (licence, templates,
// policies, health) is answered so that they go on.
//
// 200 for a bulk, whatever became of its items; 201 for a document; errors as Elasticsearch spells
// them. 429 and 503 are retried by every client.

#pragma once

#include "libobs/api/door.h"

namespace obs::api {

class ElasticDoor final : public Door {
 public:
  std::string_view name() const override { return "elastic"; }
  bool has(std::string_view path) const override;
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
};

}  // namespace obs::api
