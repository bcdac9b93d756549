// What systemd-journal-upload posts to: POST /upload with the journal's export format, plain or
// compressed. 202, as systemd-journal-remote answers; 400 with the first entries that were left out
// when not all were kept.

#pragma once

#include "libobs/api/plain_door.h"

namespace obs::api {

class JournalDoor final : public PlainDoor {
 public:
  std::string_view name() const override { return "journal"; }
  bool has(std::string_view path) const override { return path == "/upload"; }
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
};

}  // namespace obs::api
