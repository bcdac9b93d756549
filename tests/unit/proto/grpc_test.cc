#include "libobs/proto/grpc.h"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::proto;
using namespace std::literals;

TEST_CASE("gRPC messages wait for their last byte at every cut", "[proto][grpc]") {
  const std::string whole = frame_grpc_message("hello") + frame_grpc_message("");
  CHECK(whole == "\0\0\0\0\5hello\0\0\0\0\0"s);
  for (std::size_t cut = 0; cut < 10; ++cut) {
    std::string_view input = std::string_view(whole).substr(0, cut);
    const auto message = next_grpc_message(input, 100);
    REQUIRE(message);
    CHECK_FALSE(*message);
    CHECK(input.size() == cut);
  }
  std::string_view input = whole;
  CHECK(next_grpc_message(input, 5)->value().payload == "hello");
  CHECK(next_grpc_message(input, 5)->value().payload.empty());
  CHECK(input.empty());
}

TEST_CASE("a gRPC message that is none, or too long, is refused before it is there",
          "[proto][grpc]") {
  struct Case {
    std::string_view bytes;
    Errc code;
  };
  for (const Case& c : {
           Case{"\2"sv, Errc::kMalformed},
           Case{"\xFF\0\0\0\0"sv, Errc::kMalformed},
           Case{"GET / HTTP/1.1"sv, Errc::kMalformed},
           Case{"\0\0\0\0\x65"sv, Errc::kLimitExceeded},
           Case{"\1\xFF\xFF\xFF\xFF"sv, Errc::kLimitExceeded},
       }) {
    std::string_view input = c.bytes;
    const auto message = next_grpc_message(input, 100);
    REQUIRE_FALSE(message);
    CHECK(message.error().code == c.code);
    CHECK(input == c.bytes);
  }
}

TEST_CASE("timeouts are read as gRPC writes them", "[proto][grpc]") {
  struct Case {
    std::string_view text;
    std::optional<Duration> timeout;
  };
  for (const Case& c : {
           Case{"20S", 20 * kSecond},
           Case{"9979m", 9979 * kMillisecond},
           Case{"1H", kHour},
           Case{"2M", 2 * kMinute},
           Case{"3u", 3 * kMicrosecond},
           Case{"0n", 0},
           Case{"99999999n", 99'999'999},
           Case{"99999999H", std::numeric_limits<Duration>::max() / kHour * kHour},
           Case{"100000000n", std::nullopt},
           Case{"", std::nullopt},
           Case{"S", std::nullopt},
           Case{"5", std::nullopt},
           Case{"5s", std::nullopt},
           Case{"-5S", std::nullopt},
           Case{"5 S", std::nullopt},
           Case{"1.5S", std::nullopt},
       }) {
    CAPTURE(c.text);
    CHECK(parse_grpc_timeout(c.text) == c.timeout);
  }
}

TEST_CASE("grpc-message carries any text as printable ASCII", "[proto][grpc]") {
  CHECK(encode_grpc_message("plain text") == "plain text");
  CHECK(encode_grpc_message("100% \xC3\xBC\n") == "100%25 %C3%BC%0A");
  CHECK(encode_grpc_message(std::string(5000, 'x')).size() == 2000);
}

TEST_CASE("Content-Type tells gRPC from everything else", "[proto][grpc]") {
  struct Case {
    std::string type;
    bool grpc;
  };
  for (const Case& c : {
           Case{"application/grpc", true},
           Case{"application/grpc+proto", true},
           Case{"Application/gRPC; charset=utf-8", true},
           Case{"application/grpc+proto;x=y", true},
           Case{"application/grpc+json", false},
           Case{"application/grpc-web", false},
           Case{"application/grpcx", false},
           Case{"application/json", false},
           Case{"", false},
       }) {
    CAPTURE(c.type);
    HttpRequest request;
    request.headers.emplace_back("content-type", c.type);
    CHECK(is_grpc(request) == c.grpc);
  }
}

TEST_CASE("HTTP statuses become the codes by which a gRPC client retries or not", "[proto][grpc]") {
  struct Case {
    int status;
    GrpcCode code;
  };
  for (const Case& c : {
           Case{200, GrpcCode::kOk},
           Case{400, GrpcCode::kInvalidArgument},
           Case{401, GrpcCode::kUnauthenticated},
           Case{403, GrpcCode::kPermissionDenied},
           Case{404, GrpcCode::kUnimplemented},
           Case{408, GrpcCode::kDeadlineExceeded},
           Case{413, GrpcCode::kResourceExhausted},
           Case{415, GrpcCode::kUnimplemented},
           Case{422, GrpcCode::kInvalidArgument},
           Case{429, GrpcCode::kResourceExhausted},
           Case{500, GrpcCode::kInternal},
           Case{503, GrpcCode::kUnavailable},
       }) {
    CAPTURE(c.status);
    CHECK(to_grpc_code(c.status) == c.code);
  }
}

TEST_CASE("a gRPC error is a status without a body", "[proto][grpc]") {
  const HttpResponse error = grpc_error(GrpcCode::kUnavailable, "come again", "details");
  CHECK(error.status == 200);
  CHECK(error.body.empty());
  CHECK(find_header(error.headers, "content-type") == "application/grpc");
  CHECK(find_header(error.trailers, "grpc-status") == "14");
  CHECK(find_header(error.trailers, "grpc-message") == "come again");
  CHECK(find_header(error.trailers, "grpc-status-details-bin") == "ZGV0YWlscw==");
}
