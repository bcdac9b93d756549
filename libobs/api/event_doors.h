// What browsers and error trackers send: Sentry's envelopes, Faro, and our own beacons.

#pragma once

#include "libobs/api/plain_door.h"

namespace obs::api {

// POST /api/PROJECT/envelope/ and /api/PROJECT/store/. 200 with the event's id; 429 says when to
// come again as Sentry's SDKs hear it too. The key is that of the DSN: in X-Sentry-Auth, in the
// query, or in the envelope's header.
class SentryDoor final : public PlainDoor {
 public:
  std::string_view name() const override { return "sentry"; }
  bool has(std::string_view path) const override;
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  std::optional<std::string> credential(const proto::HttpRequest& request) const override;
  bool credential_is_in_body(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
  void ask_to_wait(proto::HttpResponse& response, Duration wait) const override;
};

// POST /collect, as Grafana's Alloy has it, and /faro. 202.
class FaroDoor final : public PlainDoor {
 public:
  std::string_view name() const override { return "faro"; }
  bool has(std::string_view path) const override;
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
};

// POST /rum/v1, as application/json or as the text/plain of sendBeacon. 204. The key may stand in
// the query (?key=…), since a beacon has no headers.
class RumDoor final : public PlainDoor {
 public:
  std::string_view name() const override { return "rum"; }
  bool has(std::string_view path) const override { return path == "/rum/v1"; }
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  std::optional<std::string> credential(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
};

}  // namespace obs::api
