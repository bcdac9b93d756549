#include "libobs/api/grpc_call.h"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "libobs/codec/compress.h"

using namespace obs;
using namespace obs::api;
using namespace std::literals;
using proto::find_header;
using proto::HttpRequest;
using proto::HttpResponse;

namespace {

HttpRequest call_of(std::string body, proto::HttpHeaders headers = {}) {
  HttpRequest request;
  request.version = 2;
  request.method = "POST";
  request.path = "/a.B/C";
  request.headers = std::move(headers);
  request.headers.emplace_back("content-type", "application/grpc");
  request.body = std::move(body);
  return request;
}

std::string flagged(std::string_view payload) {
  std::string out = proto::frame_grpc_message(payload);
  out[0] = 1;
  return out;
}

std::string status_of(const HttpResponse& response) {
  return std::string(find_header(response.trailers, "grpc-status"));
}

// "ok" and the Content-Encoding of what came out, or the code of the refusal.
std::string unwrap(HttpRequest request, std::size_t limit = 1000) {
  const auto call = check_grpc(request);
  if (const auto* refusal = std::get_if<HttpResponse>(&call)) return status_of(*refusal);
  const auto refusal = unwrap_message(std::get<GrpcCall>(call), request, limit);
  if (refusal) return status_of(*refusal);
  return "ok " + std::string(request.header("content-encoding"));
}

}  // namespace

TEST_CASE("a unary call is one message, and its encoding is that of the message", "[api][grpc]") {
  struct Case {
    std::string_view name;
    HttpRequest request;
    std::string_view result;
  };
  const std::string plain = proto::frame_grpc_message("abc");
  for (const Case& c : {
           Case{"as it is", call_of(plain), "ok "},
           Case{"compressed", call_of(flagged("abc"), {{"grpc-encoding", "gzip"}}), "ok gzip"},
           Case{"compressed", call_of(flagged("abc"), {{"grpc-encoding", "snappy"}}), "ok snappy"},
           Case{"not compressed after all", call_of(plain, {{"grpc-encoding", "zstd"}}), "ok "},
           Case{"identity", call_of(plain, {{"grpc-encoding", "identity"}}), "ok "},
           Case{"metadata that claims more", call_of(plain, {{"content-encoding", "gzip"}}), "ok "},
           Case{"flagged, and no encoding", call_of(flagged("abc")), "13"},
           Case{"flagged, and identity", call_of(flagged("abc"), {{"grpc-encoding", "identity"}}),
                "13"},
           Case{"an encoding nobody knows", call_of(plain, {{"grpc-encoding", "lzma"}}), "12"},
           Case{"nothing", call_of(""), "13"},
           Case{"cut short", call_of(plain.substr(0, 7)), "13"},
           Case{"two messages", call_of(plain + plain), "12"},
           Case{"a bad flag", call_of("\x09" + plain.substr(1)), "13"},
           Case{"too long", call_of(proto::frame_grpc_message(std::string(1001, 'x'))), "8"},
           Case{"a timeout that is none", call_of(plain, {{"grpc-timeout", "1x"}}), "13"},
       }) {
    CAPTURE(c.name);
    CHECK(unwrap(c.request) == c.result);
  }
}

TEST_CASE("gRPC over HTTP/1.1, and by GET, is answered in plain HTTP", "[api][grpc]") {
  HttpRequest request = call_of("");
  request.version = 1;
  CHECK(std::get<HttpResponse>(check_grpc(request)).status == 415);
  request.version = 2;
  request.method = "GET";
  CHECK(std::get<HttpResponse>(check_grpc(request)).status == 405);
}

TEST_CASE("messages of a stream are inflated to a limit", "[api][grpc]") {
  GrpcCall call{codec::Compression::kGzip, true, std::nullopt};
  const std::string bomb = codec::compress_gzip(std::string(2000, 'x'));
  CHECK(inflate_message(call, {true, bomb}, 2000)->size() == 2000);
  CHECK(status_of(inflate_message(call, {true, bomb}, 1999).error()) == "8");
  CHECK(status_of(inflate_message(call, {true, "no gzip"}, 1000).error()) == "3");
  CHECK(*inflate_message(call, {false, "plain"}, 1000) == "plain");
  call.has_encoding = false;
  CHECK(status_of(inflate_message(call, {true, bomb}, 2000).error()) == "13");
}

TEST_CASE("answers in HTTP become statuses, with a RetryInfo only where a retry may succeed",
          "[api][grpc]") {
  const HttpResponse success = to_grpc({200, {{"Content-Type", "x"}}, "payload"});
  CHECK(success.body == proto::frame_grpc_message("payload"));
  CHECK(status_of(success) == "0");
  CHECK(find_header(success.headers, "content-type") == "application/grpc");

  struct Case {
    HttpResponse response;
    std::string_view code;
    bool retry;
  };
  for (const Case& c : {
           Case{{400, {}, "bad\n"}, "3", false},
           Case{{401, {}, "who?"}, "16", false},
           Case{{413, {}, "long"}, "8", false},
           Case{{429, {{"Retry-After", "3"}}, "slow"}, "8", true},
           Case{{503, {{"Retry-After", "1"}}, "full"}, "14", true},
           Case{{503, {}, "full"}, "14", false},
           Case{{500, {}, "bug"}, "13", false},
       }) {
    const HttpResponse error = to_grpc(c.response);
    CAPTURE(c.response.status);
    CHECK(error.status == 200);
    CHECK(error.body.empty());
    CHECK(status_of(error) == c.code);
    CHECK(find_header(error.trailers, "grpc-message").find("%0A") == std::string_view::npos);
    CHECK(find_header(error.trailers, "grpc-status-details-bin").empty() != c.retry);
  }
}
