#include "libobs/api/journal_door.h"

#include "libobs/codec/journal_export.h"

namespace obs::api {
namespace {

constexpr std::string_view kType = "application/vnd.fdo.journal";

}  // namespace

std::optional<proto::HttpResponse> JournalDoor::check(const proto::HttpRequest& request) const {
  if (auto refusal = refuse_method(request, {"POST"})) return refusal;
  if (request.media_type() != kType) return refuse_type(request, kType);
  return refuse_encoding(request);
}

Result<Intake, Refusal> JournalDoor::read(proto::HttpRequest& request,
                                          const Arrival& arrival) const {
  auto decoded = codec::decode_journal_export(request.body, arrival.received);
  if (!decoded) return fail(refuse_body("an export of the journal", decoded.error()));
  return make_intake(std::move(*decoded), arrival, hash128(request.body),
                     proto::text_response(202, "OK."));
}

}  // namespace obs::api
