// logproto.PushRequest, as Loki's own agents send it.

#include <limits>

#include "libobs/codec/loki.h"
#include "libobs/codec/loki_batch.h"
#include "libobs/codec/loki_labels.h"
#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/protobuf_request.h"

namespace obs::codec {
namespace {

using otlp::bytes_field;
using otlp::Reader;
using otlp::varint_field;

constexpr auto kStreams = bytes_field(1);
constexpr auto kLabels = bytes_field(1);
constexpr auto kEntries = bytes_field(2);
constexpr auto kTimestamp = bytes_field(1);
constexpr auto kLine = bytes_field(2);
constexpr auto kMetadata = bytes_field(3);
constexpr auto kSeconds = varint_field(1);
constexpr auto kNanos = varint_field(2);
constexpr auto kName = bytes_field(1);
constexpr auto kValue = bytes_field(2);

// The last second of an int64 of nanoseconds.
constexpr std::int64_t kMostSeconds = std::numeric_limits<Timestamp>::max() / kSecond - 1;

// Of one entry; far above any real one.
constexpr std::size_t kMaxPairs = 4096;

class ProtobufDecoder {
 public:
  ProtobufDecoder(std::size_t size, Timestamp received) : loki_(size, received) {}

  RequestBatch& batch() { return loki_.batch(); }

  void request(std::string_view message) {
    otlp::for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() != kStreams) return field.skip();
      stream(field.get_view());
    });
  }

 private:
  // The labels may come behind the entries, so there are two rounds.
  void stream(std::string_view message) {
    std::string_view labels;
    otlp::for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() != kLabels) return field.skip();
      labels = field.get_view();
    });
    begin(labels);
    otlp::for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() != kEntries) return field.skip();
      entry(field.get_view());
    });
  }

  void begin(std::string_view text) {
    labels_.clear();
    const auto parsed = parse_loki_labels(text, batch().arena(), labels_);
    if (parsed) return loki_.begin_stream(labels_);
    loki_.begin_refused(parsed.error().what);
  }

  void entry(std::string_view message) {
    Timestamp time = 0;
    std::string_view line;
    std::string_view refusal;
    metadata_.clear();
    otlp::for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case kTimestamp: refusal = timestamp(field.get_view(), time); break;
        case kLine: line = field.get_view(); break;
        case kMetadata: pair(field.get_view()); break;
        default: field.skip();
      }
    });
    if (metadata_.size() > kMaxPairs) refusal = "more than 4096 pairs of structured metadata";
    loki_.add_entry(time, line, metadata_, refusal);
    if (!batch().fits())
      throw otlp::Abandoned{kTooManyItems.code, message.data(), kTooManyItems.what};
  }

  static std::string_view timestamp(std::string_view message, Timestamp& time) {
    std::int64_t seconds = 0;
    std::int64_t nanos = 0;
    otlp::for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case kSeconds: seconds = field.get_int64(); break;
        case kNanos: nanos = field.get_int32(); break;
        default: field.skip();
      }
    });
    const bool good = seconds >= 0 && seconds <= kMostSeconds && nanos >= 0 && nanos < kSecond;
    if (!good) return "the time is not between 1970 and 2262";
    time = seconds * kSecond + nanos;
    return {};
  }

  void pair(std::string_view message) {
    model::KeyValue entry{{}, model::Value::string({})};
    otlp::for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case kName: entry.key = field.get_view(); break;
        case kValue: entry.value = model::Value::string(field.get_view()); break;
        default: field.skip();
      }
    });
    if (metadata_.size() <= kMaxPairs) metadata_.push_back(entry);
  }

  LokiBatch loki_;
  std::vector<model::KeyValue> labels_;
  std::vector<model::KeyValue> metadata_;
};

}  // namespace

Result<Decoded, ParseError> decode_loki_protobuf(std::string&& request, Timestamp received) {
  return decode_protobuf_request<ProtobufDecoder>(std::move(request), received);
}

}  // namespace obs::codec
