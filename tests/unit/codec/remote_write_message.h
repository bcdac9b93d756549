// For tests: requests of both versions of remote write, as a sender would write them.

#pragma once

#include <bit>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "tests/unit/codec/protobuf_message.h"

namespace obs::codec {

using LabelList = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::int64_t kTestMs = 1'763'806'600'000;
inline constexpr Timestamp kTestTime = kTestMs * kMillisecond;

inline ProtobufMessage sample_message(double value, std::int64_t ms = kTestMs,
                                      std::int64_t start_ms = 0) {
  ProtobufMessage sample;
  sample.fixed64(1, std::bit_cast<std::uint64_t>(value));
  sample.varint(2, static_cast<std::uint64_t>(ms));
  if (start_ms != 0) sample.varint(3, static_cast<std::uint64_t>(start_ms));
  return sample;
}

inline std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

struct TestSpan {
  std::int32_t offset;
  std::uint32_t length;
};
// `deltas` of the positive buckets.
inline ProtobufMessage histogram_message(std::uint64_t count, double sum, std::int32_t schema,
                                         std::vector<TestSpan> spans,
                                         std::vector<std::int64_t> deltas,
                                         std::vector<double> custom = {}) {
  ProtobufMessage message;
  message.varint(1, count).fixed64(3, std::bit_cast<std::uint64_t>(sum)).varint(4, zigzag(schema));
  for (const TestSpan& span : spans) {
    message.bytes(11, ProtobufMessage().varint(1, zigzag(span.offset)).varint(2, span.length));
  }
  for (const std::int64_t delta : deltas) message.varint(12, zigzag(delta));
  message.varint(15, kTestMs);
  for (const double bound : custom) message.fixed64(16, std::bit_cast<std::uint64_t>(bound));
  return message;
}

// One series of version 1.
class SeriesV1 {
 public:
  explicit SeriesV1(const LabelList& labels) {
    for (const auto& [name, value] : labels) {
      message_.bytes(1, ProtobufMessage().bytes(1, name).bytes(2, value));
    }
  }
  SeriesV1& sample(double value, std::int64_t ms = kTestMs) {
    message_.bytes(2, sample_message(value, ms));
    return *this;
  }
  SeriesV1& exemplar(const LabelList& labels, double value) {
    ProtobufMessage exemplar;
    for (const auto& [name, text] : labels) {
      exemplar.bytes(1, ProtobufMessage().bytes(1, name).bytes(2, text));
    }
    exemplar.fixed64(2, std::bit_cast<std::uint64_t>(value)).varint(3, kTestMs + 1);
    message_.bytes(3, exemplar);
    return *this;
  }
  SeriesV1& histogram(std::string_view message) {
    message_.bytes(4, message);
    return *this;
  }
  const ProtobufMessage& message() const { return message_; }

 private:
  ProtobufMessage message_;
};

class RequestV1 {
 public:
  RequestV1& series(const SeriesV1& series) {
    message_.bytes(1, series.message());
    return *this;
  }
  RequestV1& metadata(std::uint32_t type, std::string_view name, std::string_view help,
                      std::string_view unit) {
    message_.bytes(3,
                   ProtobufMessage().varint(1, type).bytes(2, name).bytes(4, help).bytes(5, unit));
    return *this;
  }
  std::string str() const { return message_.str(); }

 private:
  ProtobufMessage message_;
};

class RequestV2 {
 public:
  RequestV2() { symbol(""); }

  std::uint32_t symbol(const std::string& text) {
    const auto [place, fresh] = symbols_.emplace(text, static_cast<std::uint32_t>(symbols_.size()));
    if (fresh) head_.bytes(4, text);
    return place->second;
  }
  std::string refs(const LabelList& labels) {
    std::string packed;
    for (const auto& [name, value] : labels) {
      packed += number(symbol(name)) + number(symbol(value));
    }
    return packed;
  }
  // `parts` are the other fields of the series.
  RequestV2& series(const LabelList& labels, std::string_view parts) {
    tail_.bytes(5, ProtobufMessage().bytes(1, refs(labels)).raw(parts));
    return *this;
  }
  RequestV2& raw(std::string_view series) {
    tail_.bytes(5, series);
    return *this;
  }
  static std::string sample(double value, std::int64_t ms = kTestMs, std::int64_t start_ms = 0) {
    return ProtobufMessage().bytes(2, sample_message(value, ms, start_ms));
  }
  static std::string histogram(std::string_view message) {
    return ProtobufMessage().bytes(3, message);
  }
  std::string exemplar(const LabelList& labels, double value) {
    return ProtobufMessage().bytes(4, ProtobufMessage()
                                          .bytes(1, refs(labels))
                                          .fixed64(2, std::bit_cast<std::uint64_t>(value))
                                          .varint(3, kTestMs + 1));
  }
  std::string metadata(std::uint32_t type, const std::string& help, const std::string& unit) {
    return ProtobufMessage().bytes(
        5, ProtobufMessage().varint(1, type).varint(3, symbol(help)).varint(4, symbol(unit)));
  }
  std::string str() const { return head_.str() + tail_.str(); }

 private:
  static std::string number(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
    return bytes;
  }

  std::map<std::string, std::uint32_t> symbols_;
  ProtobufMessage head_;
  ProtobufMessage tail_;
};

}  // namespace obs::codec
