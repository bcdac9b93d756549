#include "libobs/api/door.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/api/admit_series.h"
#include "libobs/base/text.h"
#include "libobs/codec/snappy_frames.h"

namespace obs::api {
namespace {

// A queue that is full empties within a second, or its peer is away and senders back off by
// themselves.
constexpr std::string_view kRetryAfterSeconds = "1";

}  // namespace

codec::Compression Door::compression(const proto::HttpRequest& request) const {
  return find_compression(request).value_or(codec::Compression::kNone);
}

std::optional<std::string> Door::credential(const proto::HttpRequest&) const {
  return std::nullopt;
}

bool Door::credential_is_in_body(const proto::HttpRequest&) const { return false; }

void Door::ask_to_wait(proto::HttpResponse& response, Duration wait) const {
  std::erase_if(response.headers,
                [](const auto& header) { return equals_ignore_case(header.first, "Retry-After"); });
  response.headers.emplace_back("Retry-After", fmt::format("{}", (wait + kSecond - 1) / kSecond));
}

std::optional<codec::Compression> parse_coding(std::string_view token) {
  if (equals_ignore_case(token, "zlib")) return codec::Compression::kDeflate;
  for (const std::string_view snappy : {"snappy", "x-snappy-framed"}) {
    if (equals_ignore_case(token, snappy)) return codec::Compression::kSnappy;
  }
  return codec::parse_compression(token);
}

std::optional<codec::Compression> find_compression(const proto::HttpRequest& request) {
  const auto is_coding = [](const auto& header) {
    return equals_ignore_case(header.first, "content-encoding");
  };
  if (std::count_if(request.headers.begin(), request.headers.end(), is_coding) > 1)
    return std::nullopt;
  return parse_coding(trim(request.header("content-encoding")));
}

Result<std::string> inflate(codec::Compression compression, std::string_view body,
                            std::size_t limit) {
  if (compression == codec::Compression::kSnappy && codec::is_snappy_framed(body))
    return codec::unframe_snappy(body, limit);
  return codec::decompress(compression, body, limit);
}

proto::HttpResponse with_retry_after(proto::HttpResponse response) {
  const bool asks = response.status == 429 || response.status == 503;
  if (asks && proto::find_header(response.headers, "Retry-After").empty())
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

void seal(codec::Decoded& decoded, const Arrival& arrival, const Hash128& content) {
  decoded.batch.project = arrival.project;
  decoded.batch.received = arrival.received;
  admit_series(arrival.guard, decoded);
  if (decoded.batch.size() > 0) model::assign_id(decoded.batch, as_text(content));
}

int http_status(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
    case Errc::kMalformed:
    case Errc::kUnsupported: return 400;
    case Errc::kLimitExceeded: return 413;
    case Errc::kNotFound:
    case Errc::kUnavailable:
    case Errc::kIo: return 503;
    case Errc::kInternal: return 500;
  }
  return 500;
}

}  // namespace obs::api
