#include "tests/bench/ingest_request.h"

#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/remote_write.h"
#include "tests/bench/measure.h"
#include "tests/bench/remote_write_request.h"
#include "tests/bench/sample_batches.h"

namespace obs::bench {
namespace {

using model::Batch;
using model::Signal;
using Stamp = IngestRequest::Stamp;

// So that no request of another run of the program is met again either.
Timestamp first_time() {
  static const Timestamp time = system_clock().now() - kHour;
  return time;
}

std::string little_endian(Timestamp time) {
  std::string bytes(sizeof time, '\0');
  std::memcpy(bytes.data(), &time, sizeof time);
  return bytes;
}

std::size_t find_once(std::string_view body, std::string_view what) {
  const std::size_t at = body.find(what);
  if (at == body.npos) throw std::logic_error("the time of the first record is not there");
  return at;
}

// The samples, of now, and the first of them of a time that no other has.
template <class Columns>
void move_to_now(Columns& columns) {
  const Timestamp by = first_time() - columns.time.front();
  for (Timestamp& time : columns.time) time += by;
}

Batch logs() {
  Batch batch = sample_logs(kRequestRecords);
  move_to_now(batch.logs);
  for (Timestamp& time : batch.logs.observed_time) time += kHour;
  return batch;
}

Batch spans() {
  Batch batch = sample_spans(kRequestRecords);
  move_to_now(batch.spans);
  return batch;
}

void stamp_protobuf(IngestRequest& request) {
  request.stamp = Stamp::kLittleEndian;
  request.stamp_at = find_once(request.body, little_endian(first_time()));
}

void stamp_json(IngestRequest& request) {
  request.stamp = Stamp::kDecimal;
  request.stamp_at = find_once(request.body, std::to_string(first_time()));
}

std::size_t decode_protobuf(Signal signal, std::string_view body) {
  return codec::decode_otlp_protobuf(signal, std::string(body), first_time())->batch.size();
}

IngestRequest otlp(std::string name, std::string flag, double mark, Signal signal,
                   const Batch& batch) {
  IngestRequest request{std::move(name), std::move(flag), mark,
                        signal == Signal::kLogs ? "/v1/logs" : "/v1/traces",
                        "application/x-protobuf"};
  request.body = codec::encode_otlp_protobuf(batch);
  request.decode = [signal](std::string_view body) { return decode_protobuf(signal, body); };
  stamp_protobuf(request);
  return request;
}

IngestRequest grpc_logs() {
  IngestRequest request = otlp("OTLP logs, gRPC", "--grpc", 0.8, Signal::kLogs, logs());
  request.path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
  request.content_type = "application/grpc";
  request.grpc = true;
  const auto size = static_cast<std::uint32_t>(request.body.size());
  const char prefix[] = {0, static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                         static_cast<char>(size >> 8), static_cast<char>(size)};
  request.body.insert(0, prefix, sizeof prefix);
  request.stamp_at += sizeof prefix;
  request.decode = [](std::string_view body) {
    return decode_protobuf(Signal::kLogs, body.substr(sizeof prefix));
  };
  return request;
}

IngestRequest gzip_logs() {
  IngestRequest request = otlp("OTLP logs, gzip", "--gzip", 0, Signal::kLogs, logs());
  request.body = codec::compress_gzip(request.body);
  request.content_encoding = "gzip";
  request.stamp = Stamp::kNone;
  request.decode = [](std::string_view body) {
    auto plain = codec::decompress(codec::Compression::kGzip, body, std::size_t{1} << 30);
    return decode_protobuf(Signal::kLogs, *plain);
  };
  return request;
}

IngestRequest json_logs() {
  IngestRequest request{"OTLP logs, JSON", "--json", 1.2, "/v1/logs", "application/json"};
  request.body = codec::encode_otlp_json(logs());
  request.decode = [](std::string_view body) {
    return codec::decode_otlp_json(Signal::kLogs, body, first_time())->batch.size();
  };
  stamp_json(request);
  return request;
}

// As pino writes them.
IngestRequest ndjson_lines() {
  IngestRequest request{"ndjson lines", "--ndjson", 0.6, "/ndjson", "application/x-ndjson"};
  for (std::size_t i = 0; i < kRequestRecords; ++i)
    request.body += fmt::format(
        R"({{"level":30,"time":{},"pid":4242,"hostname":"web-3","user":{},"route":"/pay",)"
        R"("msg":"order {} of user {} was declined by provider acme: insufficient funds, amount )"
        R"(42.50 EUR, attempt {} of 3, correlation 4f1c2a9e-{:04x}, retried in 30 seconds"}})"
        "\n",
        first_time() + static_cast<Timestamp>(i) * kMicrosecond, i % 5000, i * 7919 % 1'000'003,
        i % 5000, i % 3 + 1, i % 65536);
  request.decode = [](std::string_view body) {
    codec::NdjsonDecoder decoder({.trusted = false});
    for (std::size_t end = 0; (end = body.find('\n')) != body.npos; body.remove_prefix(end + 1))
      (void)decoder.add_line(body.substr(0, end), first_time());
    return decoder.size();
  };
  stamp_json(request);
  return request;
}

IngestRequest remote_write() {
  IngestRequest request{"remote write 1.0", "--remote-write", 0.2, "/api/v1/write",
                        "application/x-protobuf"};
  request.content_encoding = "snappy";
  request.body = codec::compress_snappy(remote_write_v1(first_time() / kMillisecond));
  request.decode = [](std::string_view body) {
    auto plain = codec::decompress(codec::Compression::kSnappy, body, std::size_t{1} << 30);
    return codec::decode_remote_write(codec::RemoteWriteVersion::kV1, std::move(*plain),
                                      first_time())
        ->decoded.batch.size();
  };
  return request;
}

}  // namespace

std::vector<IngestRequest> ingest_requests() {
  std::vector<IngestRequest> requests;
  requests.push_back(otlp("OTLP logs, protobuf", "--logs", 0.6, Signal::kLogs, logs()));
  requests.push_back(gzip_logs());
  requests.push_back(grpc_logs());
  requests.push_back(otlp("OTLP spans, protobuf", "--spans", 1.2, Signal::kSpans, spans()));
  requests.push_back(json_logs());
  requests.push_back(ndjson_lines());
  requests.push_back(remote_write());
  return requests;
}

std::string to_http1(const IngestRequest& request, std::size_t& body_at) {
  std::string out = fmt::format("POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: {}\r\n",
                                request.path, request.content_type);
  if (!request.content_encoding.empty())
    out += fmt::format("Content-Encoding: {}\r\n", request.content_encoding);
  out += fmt::format("Content-Length: {}\r\n\r\n", request.body.size());
  body_at = out.size();
  return out + request.body;
}

void stamp(const IngestRequest& request, char* body, std::uint64_t number) {
  const Timestamp time = first_time() - static_cast<Timestamp>(number) * kMicrosecond;
  if (request.stamp == Stamp::kLittleEndian)
    std::memcpy(body + request.stamp_at, &time, sizeof time);
  if (request.stamp == Stamp::kDecimal) {
    const std::string text = std::to_string(time);
    std::memcpy(body + request.stamp_at, text.data(), text.size());
  }
}

}  // namespace obs::bench
