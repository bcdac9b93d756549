#include "libobs/api/otlp_door.h"

#include <catch2/catch.hpp>

#include "tests/unit/api/requests.h"

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;
using codec::Compression;
using codec::OtlpEncoding;
using model::Signal;
using proto::find_header;

namespace {

constexpr Timestamp kNow = 1'763'806'600'000'000'000;

int refused_with(const proto::HttpRequest& request) {
  const auto checked = check_otlp(request);
  const auto* refusal = std::get_if<proto::HttpResponse>(&checked);
  return refusal == nullptr ? 0 : refusal->status;
}

}  // namespace

TEST_CASE("every path of OTLP and its aliases has its signal", "[api][otlp]") {
  struct Case {
    const char* path;
    std::optional<Signal> signal;
  };
  for (const Case& c :
       {Case{"/v1/logs", Signal::kLogs}, Case{"/v1/traces", Signal::kSpans},
        Case{"/v1/metrics", Signal::kMetrics}, Case{"/otlp/v1/logs", Signal::kLogs},
        Case{"/otlp/v1/traces", Signal::kSpans}, Case{"/otlp/v1/metrics", Signal::kMetrics},
        Case{"/api/v1/otlp/v1/metrics", Signal::kMetrics}, Case{"/v1/log", {}},
        Case{"/v1/logs/", {}}, Case{"/", {}}, Case{"", {}}, Case{"/v1development/profiles", {}}}) {
    CAPTURE(c.path);
    CHECK(find_otlp_route(c.path) == c.signal);
  }
}

TEST_CASE("what headers ask for", "[api][otlp]") {
  struct Case {
    const char* type;
    const char* coding;
    OtlpEncoding encoding;
    Compression compression;
  };
  for (const Case& c : {
           Case{"application/x-protobuf", "", OtlpEncoding::kProtobuf, Compression::kNone},
           Case{"Application/X-Protobuf; x=y", "identity", OtlpEncoding::kProtobuf,
                Compression::kNone},
           Case{"application/json", "gzip", OtlpEncoding::kJson, Compression::kGzip},
           Case{"application/json; charset=utf-8", " GZIP ", OtlpEncoding::kJson,
                Compression::kGzip},
           Case{"application/json", "zstd", OtlpEncoding::kJson, Compression::kZstd},
           Case{"application/json", "deflate", OtlpEncoding::kJson, Compression::kDeflate},
       }) {
    CAPTURE(c.type, c.coding);
    auto request = export_request("", c.type, "/v1/traces");
    if (*c.coding != 0) request.headers.emplace_back("content-encoding", c.coding);
    const auto checked = check_otlp(request);
    const auto* call = std::get_if<OtlpCall>(&checked);
    REQUIRE(call != nullptr);
    CHECK(call->signal == Signal::kSpans);
    CHECK(call->encoding == c.encoding);
    CHECK(call->compression == c.compression);
  }
}

TEST_CASE("headers that no export has are refused", "[api][otlp]") {
  auto request = export_request("");
  CHECK(refused_with(request) == 0);

  request.path = "/v1/nothing";
  CHECK(refused_with(request) == 404);

  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    request = export_request("");
    request.method = method;
    CHECK(refused_with(request) == 405);
  }
  for (const char* type : {"", "text/plain", "application/grpc", "application/jsonx",
                           "application/protobuf, application/json"}) {
    CAPTURE(type);
    CHECK(refused_with(export_request("", type)) == 415);
  }
  for (const char* coding : {"snappyraw", "lz4", "gzip, gzip", "gzip;q=1"}) {
    CAPTURE(coding);
    request = export_request("");
    request.headers.emplace_back("Content-Encoding", coding);
    CHECK(refused_with(request) == 415);
  }
  request = export_request("");
  request.headers.emplace_back("Content-Encoding", "gzip");
  request.headers.emplace_back("Content-Encoding", "gzip");
  CHECK(refused_with(request) == 415);
}

TEST_CASE("a refusal says what would be right", "[api][otlp]") {
  const auto refusal = [](const proto::HttpRequest& request) {
    return std::get<proto::HttpResponse>(check_otlp(request));
  };
  auto request = export_request("");
  request.method = "GET";
  CHECK(find_header(refusal(request).headers, "Allow") == "POST, OPTIONS");
  CHECK_THAT(refusal(export_request("", "text/css")).body,
             Contains("text/css") && Contains("application/x-protobuf"));
  request = export_request("");
  request.headers.emplace_back("Content-Encoding", "lz4");
  CHECK(find_header(refusal(request).headers, "Accept-Encoding") ==
        "gzip, deflate, zstd, br, snappy");
  CHECK_THAT(refusal(export_request("", kJson, "/nowhere")).body,
             Contains("/nowhere") && Contains("/v1/logs"));
}

TEST_CASE("errors are a google.rpc.Status in the request's encoding, or text", "[api][otlp]") {
  const auto json = answer_error(export_request("", "application/json; charset=utf-8"), 400, "no");
  CHECK(json.status == 400);
  CHECK(json.body == R"({"code":3,"message":"no"})");
  CHECK(find_header(json.headers, "Content-Type") == "application/json");

  const auto protobuf = answer_error(export_request(""), 400, "no");
  CHECK(protobuf.body == std::string("\x08\x03\x12\x02no", 6));
  CHECK(find_header(protobuf.headers, "Content-Type") == "application/x-protobuf");

  const auto text = answer_error(export_request("", "text/css"), 404, "no");
  CHECK(text.body == "no\n");
  CHECK_THAT(std::string(find_header(text.headers, "Content-Type")), Contains("text/plain"));
}

TEST_CASE("only what is worth a retry says when", "[api][otlp]") {
  for (const int status : {400, 404, 405, 408, 413, 415, 429, 500, 503}) {
    CAPTURE(status);
    const auto response = answer_error(OtlpEncoding::kJson, status, "no");
    CHECK(find_header(response.headers, "Retry-After").empty() != (status == 429 || status == 503));
  }
}

TEST_CASE("an error's code becomes the status that makes a sender do the right thing",
          "[api][otlp]") {
  CHECK(http_status(Errc::kMalformed) == 400);
  CHECK(http_status(Errc::kLimitExceeded) == 413);
  CHECK(http_status(Errc::kUnavailable) == 503);
  CHECK(http_status(Errc::kIo) == 503);
  CHECK(http_status(Errc::kInternal) == 500);
}

TEST_CASE("a body that is no export fails with the place and the reason", "[api][otlp]") {
  struct Case {
    OtlpEncoding encoding;
    const char* body;
  };
  for (const Case& c :
       {Case{OtlpEncoding::kProtobuf, "this is no protobuf"},
        Case{OtlpEncoding::kJson, "{\"resourceLogs\":[}"}, Case{OtlpEncoding::kJson, ""}}) {
    OtlpCall call;
    call.encoding = c.encoding;
    const auto decoded = decode_otlp(call, c.body, {kNow});
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().status == 400);
    CHECK(decoded.error().reason == "malformed");
    CHECK_THAT(decoded.error().message,
               Contains("logs export of " + std::to_string(std::string_view(c.body).size())) &&
                   Contains(" at byte "));
  }
}

TEST_CASE("a decoded batch has its id, the same for the same bytes", "[api][otlp]") {
  const std::string body = codec::request_of(log_record("a"));
  const auto first = decode_otlp({}, std::string(body), {kNow});
  const auto second = decode_otlp({}, std::string(body), {kNow + 1});
  REQUIRE((first && second));
  CHECK_FALSE(first->batch.id.is_zero());
  CHECK(first->batch.id == second->batch.id);
}

TEST_CASE("success is no bytes in protobuf and {} in JSON", "[api][otlp]") {
  OtlpCall call;
  auto response = answer_export(call, {});
  CHECK(response.status == 200);
  CHECK(response.body.empty());
  CHECK(find_header(response.headers, "Content-Type") == "application/x-protobuf");
  call.encoding = OtlpEncoding::kJson;
  response = answer_export(call, {});
  CHECK(response.body == "{}");
  CHECK(find_header(response.headers, "Content-Type") == "application/json");
}

TEST_CASE("refused records and mended text are told in a partial success", "[api][otlp]") {
  OtlpCall call{Signal::kSpans, OtlpEncoding::kJson, Compression::kNone};
  codec::Decoded decoded;
  decoded.total = 3;
  decoded.rejected.add(1, "trace_id is not 16 bytes");
  CHECK_THAT(answer_export(call, decoded).body,
             Contains(R"("rejectedSpans":"1")") && Contains("#1: trace_id is not 16 bytes"));
  decoded.batch.repaired_utf8 = 2;
  CHECK_THAT(answer_export(call, decoded).body, Contains("#1: trace_id") && Contains("2 strings"));
  decoded.rejected = {};
  CHECK_THAT(answer_export(call, decoded).body,
             Contains("2 strings") && !Contains("rejectedSpans"));
}
