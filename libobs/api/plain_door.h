// What doors have in common that answer in plain text: Loki, Zipkin, the journal and ndjson.

#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libobs/api/door.h"

namespace obs::api {

class PlainDoor : public Door {
 public:
  // Text, with Retry-After for 429 and 503.
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
};

// 405 with what is allowed instead, in plain text; nullopt for one of these methods.
std::optional<proto::HttpResponse> refuse_method(const proto::HttpRequest& request,
                                                 std::initializer_list<std::string_view> allowed);
// 415 for a Content-Type; `known` is what would be right.
proto::HttpResponse refuse_type(const proto::HttpRequest& request, std::string_view known);
// 415 unless Content-Encoding is one that every door takes.
std::optional<proto::HttpResponse> refuse_encoding(const proto::HttpRequest& request);

// A body that is not what it claims to be: 400, or 413 when it holds more than fits.
Refusal refuse_body(std::string_view what, const ParseError& error);

// An intake of one batch, sealed. The answer is `success`, or 400 with the first of those that were
// left out, so that no sender takes for stored what is not.
Intake make_intake(codec::Decoded&& decoded, const Arrival& arrival, const Hash128& content,
                   proto::HttpResponse success);

}  // namespace obs::api
