#include "libobs/proto/http2_head.h"

#include <utility>

namespace obs::proto {
namespace {

constexpr std::size_t kFieldOverhead = 32;  // RFC 9113, 6.5.2.

}  // namespace

void Http2Head::add(std::string_view name, std::string_view value, const Http2HeadLimits& limits) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  ++count_;
  if (bytes_ > limits.bytes || count_ > limits.count) return;
  if (name == ":method") {
    request_.method = value;
  } else if (name == ":path") {
    target_ = value;
  } else if (name == ":authority") {
    // What HTTP/1.1 says in a header; a client that translates may send both.
    if (request_.header("host").empty()) request_.headers.emplace_back("host", value);
  } else if (!name.starts_with(':')) {
    request_.headers.emplace_back(name, value);
  }
}

std::optional<HttpError> Http2Head::finish(HttpRequest& request, const Http2HeadLimits& limits) {
  request = std::move(request_);
  const bool is_path = set_target(request, target_);
  if (auto problem = check(request, limits)) return problem;
  if (!is_path) return HttpError{400, "the request target is not a path"};
  return std::nullopt;
}

std::optional<HttpError> Http2Head::check(const HttpRequest& request,
                                          const Http2HeadLimits& limits) const {
  if (count_ > limits.count) return HttpError{431, "too many headers"};
  if (bytes_ > limits.bytes) return HttpError{431, "the headers are too long"};
  if (target_.size() > limits.target_bytes) return HttpError{414, "the request target is too long"};
  if (request.method == "CONNECT") return HttpError{501, "CONNECT is not spoken here"};
  return std::nullopt;
}

}  // namespace obs::proto
