// Which web pages may send us telemetry: cross-origin resource sharing, as the Fetch standard has
// it. Pure.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/proto/http.h"

namespace obs::api {

// Origins as browsers say them ("https://shop.example"), "*" for all, or with one "*" in the place
// of part of the host ("https://*.example"). None are allowed by default.
class CorsPolicy {
 public:
  CorsPolicy() = default;
  // kInvalidArgument names the origin that is none.
  static Result<CorsPolicy> make(std::vector<std::string> origins);

  // What Access-Control-Allow-Origin has to say to this request; empty when it has no Origin or its
  // origin is not allowed.
  std::string allowed_origin(const proto::HttpRequest& request) const;

  // The answer to OPTIONS on a path that takes POST: a preflight gets what it asks for if its
  // origin may have it, anything else hears which methods there are.
  proto::HttpResponse preflight(const proto::HttpRequest& request) const;

 private:
  std::vector<std::string> origins_;
};

// Lets a page of that origin (as allowed_origin gave it) read the response; "" changes nothing.
void allow_origin(proto::HttpResponse& response, std::string_view origin);

}  // namespace obs::api
