// Lines over HTTP: POST /ndjson with records of obs-record(5), log lines of other programs, or
// plain text; an array of objects is taken for its items. The Content-Type does not matter.
//
// 200 with {"accepted":N}; 400 when lines were left out, with the first of them:
// {"accepted":N,"rejected":M,"errors":[{"line":3,"message":"…"}]}. Errors are {"error":"…"}.

#pragma once

#include "libobs/api/door.h"

namespace obs::api {

class NdjsonDoor final : public Door {
 public:
  std::string_view name() const override { return "ndjson"; }
  bool has(std::string_view path) const override { return path == "/ndjson"; }
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
};

}  // namespace obs::api
