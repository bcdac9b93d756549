#include <limits>

#include <catch2/catch.hpp>

#include "libobs/codec/otlp.h"
#include "tests/unit/codec/protobuf_message.h"
#include "tests/unit/codec/test_data.h"

namespace obs::codec {
namespace {

using namespace obs::model;
using namespace std::literals;

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

Decoded decode(std::string request) {
  auto decoded = decode_otlp_protobuf(Signal::kLogs, std::move(request), kReceived);
  REQUIRE(decoded);
  return *std::move(decoded);
}

TEST_CASE("an empty request is an empty batch", "[codec][otlp]") {
  const Decoded decoded = decode("");
  CHECK(decoded.total == 0);
  CHECK(decoded.batch.size() == 0);
  CHECK(decoded.batch.received == kReceived);
  CHECK(decoded.batch.signal == Signal::kLogs);
}

TEST_CASE("resources and scopes without records are left out", "[codec][otlp]") {
  const std::string empty_scope = ProtobufMessage().bytes(2, ""sv);
  const Decoded decoded =
      decode(ProtobufMessage().bytes(1, ""sv).bytes(1, empty_scope).bytes(1, empty_scope));
  CHECK(decoded.batch.resources.empty());
  CHECK(decoded.batch.scopes.empty());
  CHECK_FALSE(decoded.batch.wire.empty());
}

TEST_CASE("every field of a log record is decoded", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_logs.pb"));
  const Batch& batch = decoded.batch;
  REQUIRE(batch.size() == 7);
  REQUIRE(batch.resources.size() == 2);
  REQUIRE(batch.scopes.size() == 3);

  const Resource& resource = batch.resources[0];
  CHECK(resource.service == "checkout");
  CHECK(resource.attributes.size() == 2);
  CHECK(resource.schema_url == "https://opentelemetry.io/schemas/1.36.0");
  CHECK(resource.dropped_attributes_count == 4'294'967'295);
  CHECK(batch.resources[1].service.empty());
  CHECK(batch.resources[1].entity_refs.kind() == ValueKind::kNone);

  const Scope& scope = batch.scopes[0];
  CHECK(scope.name == "shop.payment");
  CHECK(scope.version == "1.2.3");
  CHECK(scope.schema_url == "https://opentelemetry.io/schemas/1.37.0");
  CHECK(scope.dropped_attributes_count == 2);
  CHECK(find_attribute(scope.attributes, "scope.attribute")->as_bool());
  CHECK(batch.scopes[2].resource == 1);

  const LogColumns& logs = batch.logs;
  CHECK(logs.scope == std::vector<std::uint32_t>{0, 0, 0, 0, 0, 1, 2});
  CHECK(logs.time[0] == 1'763'806'530'123'456'789);
  CHECK(logs.observed_time[0] == std::numeric_limits<Timestamp>::max());
  CHECK(logs.severity_number[0] == 17);
  CHECK(logs.severity_text[0] == "ERROR");
  CHECK(logs.body[0].as_string() == "payment declined: é€💳");
  CHECK(logs.event_name[0] == "payment.declined");
  CHECK(logs.dropped_attributes_count[0] == 7);
  CHECK(logs.flags[0] == 4'294'967'295);
  CHECK(to_hex(logs.trace_id[0]) == "000102030405060708090a0b0c0d0e0f");
  CHECK(to_hex(logs.span_id[0]) == "fffefdfcfbfaf9f8");

  CHECK(logs.severity_number[3] == 99);
  CHECK(logs.body[1].kind() == ValueKind::kNone);
  CHECK(logs.body[2].kind() == ValueKind::kEmpty);
  CHECK(logs.body[3].as_map()[0].value.as_int() == 4711);
  CHECK(logs.body[6].as_string().empty());
}

TEST_CASE("entity references are kept as values", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_logs.pb"));
  const auto refs = decoded.batch.resources[0].entity_refs.as_array();
  REQUIRE(refs.size() == 2);
  CHECK(find_attribute(refs[0].as_map(), "schema_url")->as_string() ==
        "https://example.com/entity");
  CHECK(find_attribute(refs[0].as_map(), "type")->as_string() == "service");
  CHECK(find_attribute(refs[0].as_map(), "id_keys")->as_array().size() == 2);
  CHECK(find_attribute(refs[0].as_map(), "description_keys")->as_array()[0].as_string() ==
        "host.name");
  CHECK(find_attribute(refs[1].as_map(), "schema_url") == nullptr);
  CHECK(find_attribute(refs[1].as_map(), "description_keys")->as_array().empty());
}

TEST_CASE("every kind of value is decoded", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_logs.pb"));
  const Attributes attributes = decoded.batch.logs.attributes[0];
  REQUIRE(attributes.size() == 23);
  const auto value = [&](std::string_view key) { return *find_attribute(attributes, key); };
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();

  CHECK(value("string") == Value::string("text"));
  CHECK(attributes.back().value == Value::string("a key twice"));
  CHECK(value("empty string") == Value::string(""));
  CHECK(value("true") == Value::boolean(true));
  CHECK(value("false") == Value::boolean(false));
  CHECK(value("least") == Value::integer(std::numeric_limits<std::int64_t>::min()));
  CHECK(value("greatest") == Value::integer(std::numeric_limits<std::int64_t>::max()));
  CHECK(value("zero") == Value::integer(0));
  CHECK(value("double") == Value::number(0.1));
  CHECK(value("negative zero") == Value::number(-0.0));
  CHECK(value("nan") == Value::number(nan));
  CHECK(value("infinity") == Value::number(infinity));
  CHECK(value("minus infinity") == Value::number(-infinity));
  CHECK(value("bytes") == Value::bytes(as_bytes("\0\xff\x80"sv)));
  CHECK(value("empty bytes") == Value::bytes({}));
  CHECK(value("empty array") == Value::array({}));
  CHECK(value("empty map") == Value::map({}));
  CHECK(value("empty value").kind() == ValueKind::kEmpty);
  CHECK(value("no value").kind() == ValueKind::kNone);
  CHECK(attributes[18].key.empty());
  CHECK(attributes[18].value == Value::string("no key"));
  CHECK(attributes[19].value.kind() == ValueKind::kNone);

  const auto mixed = value("mixed array").as_array();
  REQUIRE(mixed.size() == 4);
  CHECK(mixed[0] == Value::integer(1));
  CHECK(mixed[1] == Value::string("two"));
  CHECK(mixed[2].kind() == ValueKind::kEmpty);
  CHECK(mixed[3].as_array()[0] == Value::number(3.5));

  const auto nested = value("nested map").as_map();
  REQUIRE(nested.size() == 2);
  CHECK(nested[0].value.as_map()[0].value == Value::bytes(as_bytes("c")));
  CHECK(nested[1].key == "a");
}

TEST_CASE("a log without a time gets its observed time, or else ours", "[codec][otlp]") {
  const auto record = [](std::uint64_t sent, std::uint64_t observed) {
    return ProtobufMessage().fixed64(1, sent).fixed64(11, observed).str();
  };
  const Decoded decoded =
      decode(request_of(record(5, 7), record(0, 7), record(5, 0), record(0, 0)));
  const LogColumns& logs = decoded.batch.logs;
  CHECK(logs.time == std::vector<Timestamp>{5, 7, 5, kReceived});
  CHECK(logs.observed_time == std::vector<Timestamp>{7, 7, 0, 0});
  CHECK(logs.time_source == std::vector<TimeSource>{TimeSource::kSender, TimeSource::kObserved,
                                                    TimeSource::kSender, TimeSource::kReceived});
}

TEST_CASE("fields may come in any order", "[codec][otlp]") {
  const std::string resource = ProtobufMessage().bytes(1, ProtobufMessage().bytes(1, "k"sv).str());
  const std::string scope = ProtobufMessage().bytes(1, "late"sv);
  const std::string scope_logs = ProtobufMessage().bytes(3, "url"sv).bytes(2, ""sv).bytes(1, scope);
  const Decoded decoded = decode(ProtobufMessage().bytes(
      1, ProtobufMessage().bytes(3, "outer"sv).bytes(2, scope_logs).bytes(1, resource)));
  REQUIRE(decoded.batch.size() == 1);
  CHECK(decoded.batch.scopes[0].name == "late");
  CHECK(decoded.batch.scopes[0].schema_url == "url");
  CHECK(decoded.batch.resources[0].schema_url == "outer");
  CHECK(decoded.batch.resources[0].attributes.size() == 1);
}

TEST_CASE("unknown fields, and known ones of another wire type, are skipped", "[codec][otlp]") {
  const std::string record = ProtobufMessage()
                                 .varint(1, 5)  // A time is fixed64.
                                 .bytes(2, "text"sv)
                                 .fixed32(3, 1)
                                 .varint(99, 1)
                                 .fixed64(98, 1)
                                 .bytes(97, "x"sv)
                                 .fixed32(96, 1)
                                 .bytes(12, "event"sv);
  const Decoded decoded = decode(request_of(record));
  REQUIRE(decoded.batch.size() == 1);
  CHECK(decoded.batch.logs.time_source[0] == TimeSource::kReceived);
  CHECK(decoded.batch.logs.severity_number[0] == 0);
  CHECK(decoded.batch.logs.event_name[0] == "event");
  CHECK_FALSE(decoded.batch.wire.empty());
}

TEST_CASE("of a field that occurs twice the last counts", "[codec][otlp]") {
  const std::string body = ProtobufMessage().bytes(1, "first"sv).varint(3, 42);
  const std::string record = ProtobufMessage()
                                 .bytes(5, ProtobufMessage().bytes(1, "gone"sv))
                                 .bytes(5, body)
                                 .varint(2, 9)
                                 .varint(2, 17);
  const Decoded decoded = decode(request_of(record));
  CHECK(decoded.batch.logs.body[0] == Value::integer(42));
  CHECK(decoded.batch.logs.severity_number[0] == 17);
}

TEST_CASE("protobuf text that is not UTF-8 is mended and counted", "[codec][otlp]") {
  const std::string attribute =
      ProtobufMessage().bytes(1, "k\xff"sv).bytes(2, ProtobufMessage().bytes(1, "v\xc3"sv));
  const std::string record = ProtobufMessage().bytes(6, attribute).bytes(3, "\xe2\x82\xac"sv);
  const Decoded decoded = decode(request_of(record));
  const Attributes attributes = decoded.batch.logs.attributes[0];
  CHECK(attributes[0].key == "k\xef\xbf\xbd");
  CHECK(attributes[0].value.as_string() == "v\xef\xbf\xbd");
  CHECK(decoded.batch.logs.severity_text[0] == "€");
  CHECK(decoded.batch.repaired_utf8 == 2);
  CHECK(decoded.batch.wire.empty());
  CHECK(decoded.rejected.count == 0);
}

TEST_CASE("a decoded batch points into the request and copies no text", "[codec][otlp]") {
  const auto request = std::make_shared<const std::string>(
      request_of(ProtobufMessage().bytes(3, "a severity text of some length"sv).str()));
  std::weak_ptr<const std::string> alive = request;
  auto decoded = decode_otlp_protobuf(Signal::kLogs, std::string_view(*request), request, 1);
  REQUIRE(decoded);
  const std::string_view text = decoded->batch.logs.severity_text[0];
  CHECK(text.data() > request->data());
  CHECK(text.data() < request->data() + request->size());
  CHECK(decoded->batch.wire.data() == request->data());

  decoded = fail(ParseError{});
  CHECK(alive.use_count() == 1);
}

}  // namespace
}  // namespace obs::codec
