#include "libobs/api/plain_door.h"

#include <algorithm>

#include <fmt/format.h>

namespace obs::api {

proto::HttpResponse PlainDoor::refuse(const proto::HttpRequest&, int status,
                                      std::string_view message) const {
  return with_retry_after(proto::text_response(status, message));
}

std::optional<proto::HttpResponse> refuse_method(const proto::HttpRequest& request,
                                                 std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), request.method) != allowed.end())
    return std::nullopt;
  auto refusal = proto::text_response(
      405, fmt::format("{} takes {}, not {}", request.path, *allowed.begin(), request.method));
  refusal.headers.emplace_back("Allow", fmt::format("{}, OPTIONS", fmt::join(allowed, ", ")));
  return refusal;
}

proto::HttpResponse refuse_type(const proto::HttpRequest& request, std::string_view known) {
  return proto::text_response(
      415, fmt::format("Content-Type '{}' is not {}", request.header("content-type"), known));
}

std::optional<proto::HttpResponse> refuse_encoding(const proto::HttpRequest& request) {
  if (find_compression(request)) return std::nullopt;
  auto refusal =
      proto::text_response(415, fmt::format("Content-Encoding '{}' is not one of {} and identity",
                                            request.header("content-encoding"), kCodings));
  refusal.headers.emplace_back("Accept-Encoding", kCodings);
  return refusal;
}

Refusal refuse_body(std::string_view what, const ParseError& error) {
  const bool too_large = error.code == Errc::kLimitExceeded;
  return {too_large ? 413 : 400, too_large ? "too_large" : "malformed",
          fmt::format("the body cannot be read as {}: {}", what, to_error(error).message)};
}

Intake make_intake(codec::Decoded&& decoded, const Arrival& arrival, const Hash128& content,
                   proto::HttpResponse success) {
  seal(decoded, arrival, content);
  Intake intake;
  intake.success = decoded.rejected.count == 0
                       ? std::move(success)
                       : proto::text_response(400, decoded.rejected.message(decoded.total));
  intake.parts.push_back(std::move(decoded));
  return intake;
}

}  // namespace obs::api
