#include "libobs/api/loki_door.h"

#include "libobs/base/text.h"
#include "libobs/codec/loki.h"

namespace obs::api {
namespace {

bool is_protobuf(const proto::HttpRequest& request) {
  const std::string type = request.media_type();
  return type.empty() || type == "application/x-protobuf";
}

// nullopt for what neither form takes.
std::optional<codec::Compression> find_push_compression(const proto::HttpRequest& request) {
  const std::string_view coding = trim(request.header("content-encoding"));
  const bool is_snappy = equals_ignore_case(coding, "snappy");
  if (is_snappy || (coding.empty() && is_protobuf(request))) return codec::Compression::kSnappy;
  if (is_protobuf(request)) return std::nullopt;
  return find_compression(request);
}

}  // namespace

bool LokiDoor::has(std::string_view path) const {
  return path == "/loki/api/v1/push" || path == "/api/prom/push";
}

std::optional<proto::HttpResponse> LokiDoor::check(const proto::HttpRequest& request) const {
  if (auto refusal = refuse_method(request, {"POST"})) return refusal;
  if (!is_protobuf(request) && request.media_type() != "application/json")
    return refuse_type(request, "application/json or application/x-protobuf");
  if (find_push_compression(request)) return std::nullopt;
  if (is_protobuf(request))
    return proto::text_response(415, "a push in protobuf is compressed with snappy");
  return refuse_encoding(request);
}

codec::Compression LokiDoor::compression(const proto::HttpRequest& request) const {
  return find_push_compression(request).value_or(codec::Compression::kNone);
}

Result<Intake, Refusal> LokiDoor::read(proto::HttpRequest& request, const Arrival& arrival) const {
  const Hash128 content = hash128(request.body);
  const bool protobuf = is_protobuf(request);
  auto decoded = protobuf ? codec::decode_loki_protobuf(std::move(request.body), arrival.received)
                          : codec::decode_loki_json(request.body, arrival.received);
  if (!decoded)
    return fail(refuse_body(protobuf ? "a push in protobuf" : "a push in JSON", decoded.error()));
  return make_intake(std::move(*decoded), arrival, content, {204, {}, {}});
}

}  // namespace obs::api
