#include "libobs/codec/grpc_messages.h"

#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/codec/protobuf_message.h"

using namespace obs;
using namespace obs::codec;
using Message = ProtobufMessage;

TEST_CASE("a status that may be retried says when", "[codec][grpc]") {
  const auto status = [](std::string_view delay) -> std::string {
    return Message().varint(1, 14).bytes(2, "full").bytes(
        3, Message()
               .bytes(1, "type.googleapis.com/google.rpc.RetryInfo")
               .bytes(2, Message().bytes(1, delay)));
  };
  CHECK(encode_grpc_status(14, "full", 2 * kSecond) == status(Message().varint(1, 2)));
  CHECK(encode_grpc_status(14, "full", kSecond / 2) == status(Message().varint(2, 500'000'000)));
  CHECK(encode_grpc_status(14, "full", 0) == Message().varint(1, 14).bytes(2, "full").str());
}

TEST_CASE("the service of a question for health is read, and nothing else believed",
          "[codec][grpc]") {
  CHECK(decode_health_request("") == "");
  CHECK(decode_health_request(Message().bytes(1, "a.B").str()) == "a.B");
  CHECK(decode_health_request(Message().varint(1, 3).bytes(2, "x").str()) == "");
  CHECK_FALSE(decode_health_request("\x0A\x7F"));
  CHECK(encode_health_response(ServingStatus::kNotServing) == "\x08\x02");
}
