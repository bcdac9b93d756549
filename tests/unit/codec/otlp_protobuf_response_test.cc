#include <catch2/catch.hpp>

#include "libobs/codec/otlp.h"

namespace obs::codec {
namespace {

using namespace std::literals;
using model::Signal;
using enum OtlpEncoding;

TEST_CASE("full success is no bytes in protobuf and an empty object in JSON", "[codec][otlp]") {
  const Signal signal = GENERATE(Signal::kLogs, Signal::kSpans, Signal::kMetrics);
  CHECK(encode_export_response(signal, kProtobuf, 0, "") == "");
  CHECK(encode_export_response(signal, kJson, 0, "") == "{}");
}

TEST_CASE("partial success says how many records were rejected and why", "[codec][otlp]") {
  const Signal signal = GENERATE(Signal::kLogs, Signal::kSpans, Signal::kMetrics);
  CHECK(encode_export_response(signal, kProtobuf, 300, "bad id") ==
        "\x0a\x0b\x08\xac\x02\x12\x06"
        "bad id"sv);
}

TEST_CASE("partial success in JSON names what was rejected, and quotes the number",
          "[codec][otlp]") {
  const auto [signal, expected] = GENERATE(table<Signal, std::string_view>({
      {Signal::kLogs, R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"a \"b\""}})"},
      {Signal::kSpans, R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"a \"b\""}})"},
      {Signal::kMetrics,
       R"({"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"a \"b\""}})"},
  }));
  CHECK(encode_export_response(signal, kJson, 3, "a \"b\"") == expected);
}

TEST_CASE("a message without rejections is a warning", "[codec][otlp]") {
  CHECK(encode_export_response(Signal::kLogs, kProtobuf, 0, "hm") == "\x0a\x04\x12\x02hm"sv);
  CHECK(encode_export_response(Signal::kLogs, kJson, 0, "hm") ==
        R"({"partialSuccess":{"errorMessage":"hm"}})");
  CHECK(encode_export_response(Signal::kLogs, kProtobuf, 1, "") == "\x0a\x02\x08\x01"sv);
  CHECK(encode_export_response(Signal::kLogs, kJson, 1, "") ==
        R"({"partialSuccess":{"rejectedLogRecords":"1"}})");
}

TEST_CASE("an error is a google.rpc.Status", "[codec][otlp]") {
  CHECK(encode_rpc_status(kProtobuf, 3, "bad") ==
        "\x08\x03\x12\x03"
        "bad"sv);
  CHECK(encode_rpc_status(kJson, 3, "bad \"field\"\n") ==
        R"({"code":3,"message":"bad \"field\"\n"})");
  CHECK(encode_rpc_status(kProtobuf, 0, "").empty());
}

TEST_CASE("answers are valid UTF-8 whatever they quote", "[codec][otlp]") {
  CHECK(encode_rpc_status(kJson, 5, "/\xff") == "{\"code\":5,\"message\":\"/\xef\xbf\xbd\"}");
  CHECK(encode_rpc_status(kProtobuf, 5, "\xff") == "\x08\x05\x12\x03\xef\xbf\xbd"sv);
}

}  // namespace
}  // namespace obs::codec
