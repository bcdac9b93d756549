#include "libobs/api/zipkin_door.h"

#include "libobs/codec/zipkin.h"

namespace obs::api {
namespace {

bool is_protobuf(const proto::HttpRequest& request) {
  return request.media_type() == "application/x-protobuf";
}

// Some reporters say nothing, and mean JSON.
bool is_json(const proto::HttpRequest& request) {
  const std::string type = request.media_type();
  return type.empty() || type == "application/json";
}

}  // namespace

std::optional<proto::HttpResponse> ZipkinDoor::check(const proto::HttpRequest& request) const {
  if (auto refusal = refuse_method(request, {"POST"})) return refusal;
  if (!is_json(request) && !is_protobuf(request))
    return refuse_type(request, "application/json or application/x-protobuf");
  return refuse_encoding(request);
}

Result<Intake, Refusal> ZipkinDoor::read(proto::HttpRequest& request,
                                         const Arrival& arrival) const {
  const Hash128 content = hash128(request.body);
  const bool protobuf = is_protobuf(request);
  auto decoded = protobuf ? codec::decode_zipkin_protobuf(std::move(request.body), arrival.received)
                          : codec::decode_zipkin_json(request.body, arrival.received);
  if (!decoded)
    return fail(
        refuse_body(protobuf ? "a list of spans in protobuf" : "spans in JSON", decoded.error()));
  return make_intake(std::move(*decoded), arrival, content, {202, {}, {}});
}

}  // namespace obs::api
