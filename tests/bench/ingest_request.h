// The requests that bench_ingest sends: a thousand records each, as real senders put them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace obs::bench {

// A request of which each one sent differs from the one before in a time of its first record, or a
// store would take it for a retry.
struct IngestRequest {
  enum class Stamp { kNone, kLittleEndian, kDecimal };

  std::string name;  // "OTLP logs, protobuf"
  std::string flag;  // "--logs"
  double mark = 0;   // CPU s a million that DESIGN and issue allow.
  std::string path;
  std::string content_type;
  std::string content_encoding = {};  // Empty: as it is.
  bool grpc = false;
  std::string body = {};  // For gRPC with the five bytes before the message.
  Stamp stamp = Stamp::kNone;
  std::size_t stamp_at = 0;  // In the body: where the time stands.
  // What a bare decoder makes of the body: how many records.
  std::function<std::size_t(std::string_view body)> decode = {};
};

// One of each protocol that has a mark.
std::vector<IngestRequest> ingest_requests();

// Whole, for a connection of HTTP/1.1; `body_at` is where its body begins.
std::string to_http1(const IngestRequest& request, std::size_t& body_at);

// Puts the time of request number `number` into a copy of the body.
void stamp(const IngestRequest& request, char* body, std::uint64_t number);

}  // namespace obs::bench
