// What an OTLP receiver answers to a forwarded batch.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/proto/http.h"

namespace obs::places {

// The partial_success of an Export…ServiceResponse in protobuf: records the peer refused, and why.
// Both empty when the message is, and when it is none: the peer said 200, which is what counts.
struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};
PartialSuccess parse_partial_success(std::string_view response);

// True for the statuses that OTLP lets a sender try again: 429, 502, 503 and 504.
bool is_retryable_status(int status);

// The pause that Retry-After asks for, in seconds; nullopt when it is absent or a date. At most an
// hour.
std::optional<Duration> retry_after(const proto::HttpResponse& response);

}  // namespace obs::places
