// What every daemon says of itself over HTTP:
//
//   GET /health   200 while the process lives, with each dependency and whether it is ready
//   GET /ready    200 when every dependency is, else 503 with those that are not
//   GET /metrics  the Registry as Prometheus text

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/pipeline/sink.h"
#include "libobs/proto/http.h"

namespace obs::api {

class AdminHandler {
 public:
  using Dependencies = std::function<std::vector<pipeline::Health>()>;

  // `dependencies` is asked at each request for /health or /ready, on the thread of answer(). The
  // registry outlives the handler.
  AdminHandler(std::string service, std::string version, const Registry& registry,
               Dependencies dependencies);

  // The answer; nullopt when the path is none of the three. Needs no body.
  std::optional<proto::HttpResponse> answer(const proto::HttpRequest& request) const;
  // The same, and 404 for other paths: all that a daemon without any other page has to say.
  proto::HttpResponse answer_all(const proto::HttpRequest& request) const;

 private:
  proto::HttpResponse health() const;
  proto::HttpResponse ready() const;

  const std::string service_;
  const std::string version_;
  const Registry& registry_;
  const Dependencies dependencies_;
};

}  // namespace obs::api
