#include "libobs/api/remote_write_door.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "tests/unit/codec/remote_write_message.h"

namespace obs::api {
namespace {

using namespace std::literals;
using Catch::Matchers::Contains;
using codec::LabelList;
using codec::RequestV1;
using codec::RequestV2;
using codec::SeriesV1;

constexpr std::string_view kV1Type = "application/x-protobuf";
constexpr std::string_view kV2Type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

const LabelList kUp = {{"__name__", "up"}, {"instance", "a:1"}, {"job", "node"}};

proto::HttpRequest request_of(std::string_view type, std::string body = "") {
  proto::HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/write";
  request.headers = {{"Content-Encoding", "snappy"},
                     {"X-Prometheus-Remote-Write-Version", "2.0.0"}};
  if (!type.empty()) request.headers.emplace_back("Content-Type", type);
  request.body = std::move(body);
  return request;
}

Arrival arrival() { return {codec::kTestTime + kSecond, "default"}; }

// "SAMPLES/HISTOGRAMS/EXEMPLARS" of the headers; empty without any.
std::string written(const proto::HttpResponse& response) {
  const auto header = [&](std::string_view what) {
    return std::string(proto::find_header(
        response.headers, "X-Prometheus-Remote-Write-" + std::string(what) + "-Written"));
  };
  const std::string samples = header("Samples");
  return samples.empty() ? "" : samples + "/" + header("Histograms") + "/" + header("Exemplars");
}

Intake read(const RemoteWriteDoor& door, std::string_view type, std::string body,
            pipeline::SeriesGuard* guard = nullptr) {
  proto::HttpRequest request = request_of(type, std::move(body));
  Arrival from = arrival();
  from.guard = guard;
  auto intake = door.read(request, from);
  REQUIRE(intake);
  return std::move(*intake);
}

}  // namespace

TEST_CASE("what is not remote write is refused before its body", "[api][remote_write]") {
  struct Case {
    const char* method;
    const char* type;
    const char* coding;
    int status;  // 0: its body may come.
  };
  const RemoteWriteDoor door;
  for (const Case& c : {
           Case{"POST", "application/x-protobuf", "snappy", 0},
           Case{"POST", "application/x-protobuf", "", 0},
           Case{"POST", "", "snappy", 0},
           Case{"POST", "application/x-protobuf;proto=prometheus.WriteRequest", "snappy", 0},
           Case{"POST", "application/x-protobuf; proto=\"prometheus.WriteRequest\"", "Snappy", 0},
           Case{"POST", "Application/X-Protobuf;charset=utf-8", "snappy", 0},
           Case{"POST", kV2Type.data(), "snappy", 0},
           Case{"GET", "application/x-protobuf", "snappy", 405},
           Case{"POST", "application/json", "snappy", 415},
           Case{"POST", "image/png", "snappy", 415},
           Case{"POST", "text/plain", "", 415},
           Case{"POST", "application/x-protobuf;proto=io.prometheus.write.v3.Request", "", 415},
           Case{"POST", "application/x-protobuf;proto", "snappy", 415},
           Case{"POST", "application/x-protobuf", "gzip", 415},
           Case{"POST", kV2Type.data(), "deflate", 415},
           Case{"POST", kV2Type.data(), "zstd", 415},
           Case{"POST", kV2Type.data(), "snappy, gzip", 415},
       }) {
    CAPTURE(c.method, c.type, c.coding);
    proto::HttpRequest request = request_of(c.type);
    request.method = c.method;
    request.headers[0].second = c.coding;
    const auto refused = door.check(request);
    CHECK((refused ? refused->status : 0) == c.status);
    if (c.status == 405) CHECK(proto::find_header(refused->headers, "Allow") == "POST");
    if (refused && c.type == kV2Type) CHECK(written(*refused) == "0/0/0");
  }
}

TEST_CASE("a write in frames of snappy is none, and not to come again", "[api][remote_write]") {
  proto::HttpRequest request = request_of(kV1Type);
  request.body = "\xff\x06\x00\x00sNaPpY"s;
  const auto refused = RemoteWriteDoor().check(request);
  REQUIRE(refused);
  CHECK(refused->status == 400);
}

TEST_CASE("the paths of Prometheus and of those who took it over are its own",
          "[api][remote_write]") {
  const RemoteWriteDoor door;
  CHECK(door.has("/api/v1/write"));
  CHECK(door.has("/api/v1/push"));
  CHECK_FALSE(door.has("/api/v1/query"));
  CHECK(door.compression(request_of(kV1Type)) == codec::Compression::kSnappy);
}

TEST_CASE("a write is answered with what of it is stored", "[api][remote_write]") {
  const std::string one = RequestV2::sample(1);
  const std::string histogram =
      RequestV2::histogram(codec::histogram_message(3, 1.5, 0, {{0, 2}}, {1, 1}));
  const std::string broken =
      RequestV2::histogram(codec::histogram_message(9, 1.5, 0, {{0, 2}}, {1, 1}));
  RequestV2 exemplars;
  const std::string exemplar = exemplars.exemplar({{"trace_id", "abc123"}}, 1);
  exemplars.series(kUp, one + exemplar);
  struct Case {
    std::string body;
    int status;
    const char* written;
  };
  const RemoteWriteDoor door;
  for (const Case& c : {
           Case{RequestV2().str(), 204, "0/0/0"},
           Case{"", 204, "0/0/0"},
           Case{RequestV2().series(kUp, one).series(kUp, one).str(), 204, "2/0/0"},
           Case{RequestV2().series(kUp, histogram).str(), 204, "0/1/0"},
           Case{exemplars.str(), 204, "1/0/1"},
           Case{RequestV2().series(kUp, one).series({{"job", "x"}}, one).str(), 400, "1/0/0"},
           Case{RequestV2().series({}, one).str(), 400, "0/0/0"},
           Case{RequestV2().series(kUp, broken).str(), 400, "0/0/0"},
       }) {
    const Intake intake = read(door, kV2Type, c.body);
    CHECK(intake.success.status == c.status);
    CHECK(written(intake.success) == c.written);
    CHECK(intake.success.body.empty() == (c.status == 204));
  }
}

TEST_CASE("whatever senders of 2.0 may leave out or add is taken whole", "[api][remote_write]") {
  using codec::ProtobufMessage;
  using codec::zigzag;
  const auto span = [](std::int32_t offset, std::uint32_t length) {
    return ProtobufMessage().varint(1, zigzag(offset)).varint(2, length);
  };
  const auto histogram = [](const ProtobufMessage& message) {
    return RequestV2::histogram(ProtobufMessage(message).varint(15, codec::kTestMs));
  };
  const std::string zero = histogram(ProtobufMessage().varint(1, 1).varint(6, 1));
  const std::string negative = histogram(ProtobufMessage()
                                             .varint(1, 3)
                                             .bytes(8, span(0, 2))
                                             .varint(9, zigzag(1))
                                             .varint(9, zigzag(1)));
  const std::string empty = histogram(ProtobufMessage().varint(1, 0));
  RequestV2 alone;
  alone.series(kUp, alone.exemplar({{"trace_id", "x"}}, 1));
  RequestV2 bare;
  bare.series(kUp, RequestV2::sample(1) + bare.exemplar({}, std::nan("")));
  RequestV2 metadata;
  metadata.series(kUp, metadata.metadata(1, "Help\nwith \"lines\".", "special/units"));
  const LabelList unsorted = {{"zone", "1"}, {"__name__", "up"}, {"a", "🌍"}, {"job name", "x"}};
  struct Case {
    std::string body;
    const char* written;
  };
  const std::vector<Case> cases = {
      {RequestV2().series(kUp, zero).str(), "0/1/0"},
      {RequestV2().series(kUp, negative).str(), "0/1/0"},
      {RequestV2().series(kUp, empty).str(), "0/1/0"},
      {alone.str(), "0/0/1"},
      {bare.str(), "1/0/1"},
      {metadata.str(), "0/0/0"},
      {RequestV2().series(unsorted, RequestV2::sample(1)).str(), "1/0/0"},
      {RequestV2().series(kUp, RequestV2::sample(1, codec::kTestMs - 3'600'000)).str(), "1/0/0"},
      {RequestV2().series(kUp, RequestV2::sample(1) + RequestV2::sample(2)).str(), "2/0/0"},
      {RequestV2().series(kUp, "").str(), "0/0/0"},
  };
  const RemoteWriteDoor door;
  for (const Case& c : cases) {
    const Intake intake = read(door, kV2Type, c.body);
    CHECK(intake.success.status == 204);
    CHECK(intake.success.body.empty());
    CHECK(written(intake.success) == c.written);
  }
}

TEST_CASE("a partial write says which series were refused, and stores the others",
          "[api][remote_write]") {
  const RemoteWriteDoor door;
  const Intake intake = read(door, kV1Type,
                             RequestV1()
                                 .series(SeriesV1(kUp).sample(1))
                                 .series(SeriesV1(LabelList{{"job", "x"}}).sample(1))
                                 .str());
  CHECK(intake.success.status == 400);
  CHECK_THAT(intake.success.body, Contains("1 of 2") && Contains("__name__"));
  CHECK(written(intake.success).empty());
  REQUIRE(intake.parts.size() == 1);
  CHECK(intake.parts[0].batch.size() == 1);
  CHECK(intake.parts[0].batch.project == "default");
  CHECK(intake.parts[0].batch.id != model::BatchId());
}

TEST_CASE("a body that is no message is refused for good, in both versions",
          "[api][remote_write]") {
  const RemoteWriteDoor door;
  for (const std::string_view type : {kV1Type, kV2Type}) {
    proto::HttpRequest request = request_of(type,
                                            "\x0a\xff\xff\xff\xff\x0f"
                                            "broken");
    const auto intake = door.read(request, arrival());
    REQUIRE_FALSE(intake);
    CHECK(intake.error().status == 400);
    CHECK(intake.error().reason == "malformed");
    CHECK_THAT(intake.error().message, Contains("cannot be decoded"));
  }
}

TEST_CASE("each refusal tells senders of 2.0 that nothing was written", "[api][remote_write]") {
  const RemoteWriteDoor door;
  for (const int status : {400, 413, 429, 500, 503}) {
    const auto response = door.refuse(request_of(kV2Type), status, "why");
    CHECK(response.status == status);
    CHECK(written(response) == "0/0/0");
    const bool again = status == 429 || status == 503;
    CHECK(proto::find_header(response.headers, "Retry-After").empty() == !again);
  }
  CHECK(written(door.refuse(request_of(kV1Type), 503, "why")).empty());
}

TEST_CASE("the same request has the same id, whenever it comes again", "[api][remote_write]") {
  const RemoteWriteDoor door;
  const std::string body = RequestV2().series(kUp, RequestV2::sample(1)).str();
  CHECK(read(door, kV2Type, body).parts[0].batch.id == read(door, kV2Type, body).parts[0].batch.id);
}

TEST_CASE("what a sender of 1.0 says of its metrics holds for its later requests",
          "[api][remote_write]") {
  const RemoteWriteDoor door;
  const std::string sample =
      RequestV1().series(SeriesV1(LabelList{{"__name__", "hits_total"}}).sample(1)).str();
  CHECK(read(door, kV1Type, sample).parts[0].batch.metrics.metrics[0].type ==
        model::MetricType::kGauge);
  const Intake said = read(door, kV1Type, RequestV1().metadata(1, "hits_total", "Hits.", "").str());
  CHECK(said.success.status == 204);
  const Intake later = read(door, kV1Type, sample);
  CHECK(later.parts[0].batch.metrics.metrics[0].type == model::MetricType::kSum);
  CHECK(later.parts[0].batch.metrics.metrics[0].description == "Hits.");
}

TEST_CASE("a series too many is refused by name, its neighbours are stored",
          "[api][remote_write]") {
  Registry registry;
  ManualClock clock{kHour};
  pipeline::SeriesGuard guard({2, 0}, registry, clock, [](std::string_view) {});
  const RemoteWriteDoor door;
  RequestV2 request;
  for (const char* user : {"a", "b", "c"}) {
    request.series({{"__name__", "hits"}, {"user", user}}, RequestV2::sample(1));
  }
  request.series(kUp, RequestV2::sample(1));
  const Intake intake = read(door, kV2Type, request.str(), &guard);
  CHECK(intake.success.status == 400);
  CHECK_THAT(intake.success.body, Contains("metric hits") && Contains("1 of 4"));
  CHECK(written(intake.success) == "3/0/0");
  CHECK(intake.parts[0].batch.size() == 3);
  CHECK(intake.parts[0].rejected.count == 1);
}

}  // namespace obs::api
