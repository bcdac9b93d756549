#include <memory>

#include <catch2/catch.hpp>

#include "libobs/codec/columns.h"
#include "libobs/codec/envelope.h"
#include "libobs/codec/otlp.h"
#include "tests/unit/codec/batch_difference.h"
#include "tests/unit/codec/test_data.h"

namespace obs::codec {
namespace {

using namespace obs::model;
using namespace std::literals;

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;
constexpr std::size_t kLimit = kMiB;

Batch sample(Signal signal) {
  static constexpr const char* kFiles[] = {"otlp/every_field_logs.pb", "otlp/every_field_spans.pb",
                                           "otlp/every_field_metrics.pb"};
  auto decoded = decode_otlp_protobuf(
      signal, read_test_data(kFiles[static_cast<std::size_t>(signal)]), kReceived);
  REQUIRE(decoded);
  Batch batch = std::move(decoded->batch);
  batch.project = "shop";
  REQUIRE(parse_id("000102030405060708090a0b0c0d0e0f", batch.id));
  return batch;
}

std::string to_bytes(const Envelope& envelope) {
  std::string bytes;
  append_envelope(bytes, envelope);
  return bytes;
}

ParseError error_of(std::string_view bytes) {
  auto envelope = parse_envelope(bytes);
  REQUIRE_FALSE(envelope);
  return envelope.error();
}

TEST_CASE("a batch comes back from its envelope", "[codec][envelope]") {
  const Signal signal = GENERATE(Signal::kLogs, Signal::kSpans, Signal::kMetrics);
  const bool zstd = GENERATE(false, true);
  const Batch batch = sample(signal);
  auto envelope = parse_envelope(to_bytes(seal(batch, zstd)));
  REQUIRE(envelope);
  auto opened = open_envelope(*std::move(envelope), kLimit);
  REQUIRE(opened);
  CHECK(find_difference(batch, *opened) == "");
  CHECK(opened->id == batch.id);
  CHECK(opened->project == "shop");
  CHECK(opened->received == kReceived);
  CHECK(opened->wire == batch.wire);
}

// JSON is longer than what it is sealed as, and so may hold more records than that from a stranger.
TEST_CASE("a batch of very many tiny records comes back from its envelope", "[codec][envelope]") {
  constexpr std::size_t kRecords = 1'000'000;
  constexpr auto kRecord = R"({"body":{"stringValue":"a"}})"sv;
  std::string request = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)";
  for (std::size_t i = 0; i < kRecords; ++i) request.append(kRecord).append(",");
  request.back() = ']';
  auto decoded = decode_otlp_json(Signal::kLogs, request + "}]}]}", kReceived);
  REQUIRE(decoded);
  REQUIRE(decoded->batch.size() == kRecords);
  const auto opened = open_envelope(seal(decoded->batch, false), 64 * kMiB);
  REQUIRE(opened);
  CHECK(opened->size() == kRecords);
}

TEST_CASE("an envelope opened in place points there, and keeps its owner", "[codec][envelope]") {
  const bool zstd = GENERATE(false, true);
  const Batch batch = sample(Signal::kLogs);
  auto bytes = std::make_shared<const std::string>(to_bytes(seal(batch, zstd)));
  const std::weak_ptr<const std::string> kept = bytes;
  auto opened = open_envelope_in_place(*bytes, bytes, kLimit);
  const char* const begin = bytes->data();
  const char* const end = begin + bytes->size();
  bytes.reset();
  REQUIRE(opened);
  CHECK(find_difference(batch, *opened) == "");
  CHECK(opened->id == batch.id);
  CHECK(kept.expired() == zstd);  // What is inflated needs it no more.
  CHECK((opened->wire.data() > begin && opened->wire.data() < end) == !zstd);
  CHECK(open_envelope_in_place("OBE", nullptr, kLimit).error().code == Errc::kMalformed);
}

TEST_CASE("a batch with wire bytes is sealed without copying them", "[codec][envelope]") {
  const Batch batch = sample(Signal::kSpans);
  std::string bytes;
  append_wire_envelope(bytes, batch);
  CHECK(bytes == to_bytes(seal(batch, false)));
}

TEST_CASE("an envelope holds the request as it was received", "[codec][envelope]") {
  const Batch batch = sample(Signal::kLogs);
  const Envelope plain = seal(batch, false);
  CHECK(plain.payload == batch.wire);
  CHECK(plain.encoding == PayloadEncoding::kOtlp);
  CHECK(plain.records == 7);

  const Envelope small = seal(batch, true);
  CHECK(small.encoding == PayloadEncoding::kOtlpZstd);
  CHECK(small.payload.size() < plain.payload.size());
}

TEST_CASE("a payload that zstd does not make smaller stays as it is", "[codec][envelope]") {
  const Envelope envelope = seal(Batch{}, true);
  CHECK(envelope.encoding == PayloadEncoding::kOtlp);
  CHECK(envelope.payload.empty());
}

TEST_CASE("times that only we know survive in an envelope", "[codec][envelope]") {
  Batch batch;
  batch.received = kReceived;
  batch.resources.resize(1);
  batch.scopes.resize(1);
  for (const RecordTime time :
       {RecordTime{-1, TimeSource::kSender}, RecordTime{kReceived, TimeSource::kReceived},
        RecordTime{kReceived - 5, TimeSource::kReceived}}) {
    LogRow row;
    row.time = time;
    append_row(batch.logs, row);
  }
  auto opened = open_envelope(seal(batch, true), kLimit);
  REQUIRE(opened);
  CHECK(find_difference(batch, *opened) == "");
}

TEST_CASE("the bytes of an envelope are as its header says", "[codec][envelope]") {
  Envelope envelope;
  for (std::size_t i = 0; i < 16; ++i) envelope.id.bytes[i] = static_cast<std::byte>('a' + i);
  envelope.signal = Signal::kMetrics;
  envelope.records = 0x01020304;
  envelope.encoding = PayloadEncoding::kOtlpZstd;
  envelope.project = "shop";
  envelope.received = -2;
  envelope.payload = "payload";
  CHECK(to_bytes(envelope) ==
        "OBE\x01\x02\x01\x04\x00\x04\x03\x02\x01\x07\x00\x00\x00"
        "\xfe\xff\xff\xff\xff\xff\xff\xff"
        "abcdefghijklmnopshoppayload"sv);
}

TEST_CASE("envelopes of version 1 are read for ever", "[codec][envelope]") {
  const auto [signal, file] = GENERATE(table<Signal, const char*>({
      {Signal::kLogs, "envelope/v1_logs.bin"},
      {Signal::kLogs, "envelope/v1_logs_zstd.bin"},
      {Signal::kSpans, "envelope/v1_spans.bin"},
      {Signal::kSpans, "envelope/v1_spans_zstd.bin"},
      {Signal::kMetrics, "envelope/v1_metrics.bin"},
      {Signal::kMetrics, "envelope/v1_metrics_zstd.bin"},
  }));
  CAPTURE(file);
  auto envelope = parse_envelope(read_test_data(file));
  REQUIRE(envelope);
  auto opened = open_envelope(*std::move(envelope), kLimit);
  REQUIRE(opened);
  const Batch expected = sample(signal);
  CHECK(find_difference(expected, *opened) == "");
  CHECK(opened->id == expected.id);
  CHECK(opened->project == expected.project);
  CHECK(opened->received == expected.received);
}

TEST_CASE("an envelope cut anywhere is malformed", "[codec][envelope]") {
  const std::string bytes = to_bytes(seal(sample(Signal::kSpans), false));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK(error_of(std::string_view(bytes).substr(0, cut)).code == Errc::kMalformed);
  }
  CHECK(error_of(bytes + "x").offset == bytes.size());
}

TEST_CASE("a header that makes no sense is refused where it does not", "[codec][envelope]") {
  const std::string bytes = to_bytes(seal(sample(Signal::kSpans), false));
  const auto [at, byte, code] = GENERATE(table<std::size_t, char, Errc>({
      {0, 'o', Errc::kMalformed},
      {3, '\2', Errc::kUnsupported},
      {4, '\3', Errc::kMalformed},
      {5, '\2', Errc::kMalformed},
      {40, '\xff', Errc::kMalformed},
  }));
  std::string damaged = bytes;
  damaged[at] = byte;
  CHECK(error_of(damaged).code == code);
  CHECK(error_of(damaged).offset == at);
}

TEST_CASE("a payload that is not what the envelope says is malformed", "[codec][envelope]") {
  Envelope envelope = seal(sample(Signal::kLogs), false);
  SECTION("another number of records") {
    ++envelope.records;
    auto opened = open_envelope(envelope, kLimit);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::kMalformed);
    CHECK(opened.error().message == "batch payload holds 7 records, its envelope says 8");
  }
  SECTION("cut short") {
    envelope.payload.pop_back();
    CHECK(open_envelope(envelope, kLimit).error().code == Errc::kMalformed);
  }
  SECTION("not zstd") {
    envelope.encoding = PayloadEncoding::kOtlpZstd;
    CHECK(open_envelope(envelope, kLimit).error().code == Errc::kMalformed);
  }
}

TEST_CASE("a payload is not inflated beyond the limit", "[codec][envelope]") {
  auto opened = open_envelope(seal(sample(Signal::kLogs), true), 100);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::kLimitExceeded);
}

}  // namespace
}  // namespace obs::codec
