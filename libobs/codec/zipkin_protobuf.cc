// zipkin.proto3.ListOfSpans.

#include <array>
#include <cstring>
#include <limits>

#include <arpa/inet.h>

#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/protobuf_request.h"
#include "libobs/codec/zipkin.h"
#include "libobs/codec/zipkin_batch.h"

namespace obs::codec {
namespace {

using otlp::bytes_field;
using otlp::fixed64_field;
using otlp::Reader;
using otlp::varint_field;

constexpr auto kSpans = bytes_field(1);

constexpr auto kTraceId = bytes_field(1);
constexpr auto kParentId = bytes_field(2);
constexpr auto kId = bytes_field(3);
constexpr auto kKind = varint_field(4);
constexpr auto kName = bytes_field(5);
constexpr auto kTimestamp = fixed64_field(6);
constexpr auto kDuration = varint_field(7);
constexpr auto kLocal = bytes_field(8);
constexpr auto kRemote = bytes_field(9);
constexpr auto kAnnotations = bytes_field(10);
constexpr auto kTags = bytes_field(11);
constexpr auto kDebug = varint_field(12);
constexpr auto kShared = varint_field(13);

constexpr auto kServiceName = bytes_field(1);
constexpr auto kIpv4 = bytes_field(2);
constexpr auto kIpv6 = bytes_field(3);
constexpr auto kPort = varint_field(4);

constexpr auto kAnnotationTime = fixed64_field(1);
constexpr auto kAnnotationValue = bytes_field(2);
constexpr auto kTagKey = bytes_field(1);
constexpr auto kTagValue = bytes_field(2);

// Theirs, from unspecified on, as OTLP's: internal, client, server, producer, consumer.
constexpr std::array<std::int32_t, 5> kKinds = {1, 3, 2, 4, 5};

// Padded with zeros in front.
template <class Id>
bool read_id(std::string_view raw, Id& out) {
  if (raw.size() > out.bytes.size()) return false;
  std::memcpy(out.bytes.data() + out.bytes.size() - raw.size(), raw.data(), raw.size());
  return true;
}

// What does not fit is what no field takes.
std::int64_t to_signed(std::uint64_t number) {
  return number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}
             ? -1
             : static_cast<std::int64_t>(number);
}

class ProtobufDecoder {
 public:
  ProtobufDecoder(std::size_t size, Timestamp received)
      : batch_(model::Signal::kSpans, size, received) {}

  RequestBatch& batch() { return batch_; }

  void request(std::string_view message) {
    otlp::for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() != kSpans) return field.skip();
      span(field.get_view());
    });
  }

 private:
  void span(std::string_view message) {
    span_.clear();
    otlp::for_each_field(message, [&](Reader& field) { this->field(field); });
    add_zipkin_span(span_, batch_);
    if (!batch_.fits())
      throw otlp::Abandoned{kTooManyItems.code, message.data(), kTooManyItems.what};
  }

  void field(Reader& field) {
    switch (field.tag_and_type()) {
      case kTraceId: return id(field, span_.trace_id, "trace_id is not 1 to 16 bytes");
      case kParentId: return id(field, span_.parent_id, "parent_id is not 1 to 8 bytes");
      case kId: return id(field, span_.id, "id is not 1 to 8 bytes");
      case kKind: return kind(field.get_uint32());
      case kName: span_.name = batch_.text(field.get_view()); return;
      case kTimestamp: return span_.set_time(to_signed(field.get_fixed64()));
      case kDuration: return span_.set_duration(to_signed(field.get_uint64()));
      case kLocal: return endpoint(field.get_view(), span_.local);
      case kRemote: return endpoint(field.get_view(), span_.remote);
      case kAnnotations: return annotation(field.get_view());
      case kTags: return tag(field.get_view());
      case kDebug: span_.debug = field.get_bool(); return;
      case kShared: span_.shared = field.get_bool(); return;
      default: field.skip();
    }
  }

  template <class Id>
  void id(Reader& field, Id& out, std::string_view reason) {
    if (!read_id(field.get_view(), out)) span_.refuse(reason);
  }

  void kind(std::uint32_t kind) {
    if (kind < kKinds.size()) span_.kind = kKinds[kind];
  }

  std::string_view address(int family, std::string_view raw, std::size_t size) {
    char text[INET6_ADDRSTRLEN];
    if (raw.size() != size || inet_ntop(family, raw.data(), text, sizeof text) == nullptr)
      return {};
    return batch_.arena().copy(text);
  }

  void endpoint(std::string_view message, ZipkinEndpoint& out) {
    otlp::for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case kServiceName: out.service = batch_.text(field.get_view()); break;
        case kIpv4: out.address = address(AF_INET, field.get_view(), 4); break;
        case kIpv6:
          if (out.address.empty())
            out.address = address(AF_INET6, field.get_view(), 16);
          else
            field.skip();
          break;
        case kPort: out.port = std::max(field.get_int32(), 0); break;
        default: field.skip();
      }
    });
  }

  void annotation(std::string_view message) {
    std::uint64_t time = 0;
    std::string_view value;
    otlp::for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case kAnnotationTime: time = field.get_fixed64(); break;
        case kAnnotationValue: value = batch_.text(field.get_view()); break;
        default: field.skip();
      }
    });
    span_.annotate(to_signed(time), value);
  }

  void tag(std::string_view message) {
    std::string_view key;
    std::string_view value;
    otlp::for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case kTagKey: key = batch_.text(field.get_view()); break;
        case kTagValue: value = batch_.text(field.get_view()); break;
        default: field.skip();
      }
    });
    span_.tag(key, model::Value::string(value));
  }

  RequestBatch batch_;
  ZipkinSpan span_;
};

}  // namespace

Result<Decoded, ParseError> decode_zipkin_protobuf(std::string&& request, Timestamp received) {
  return decode_protobuf_request<ProtobufDecoder>(std::move(request), received);
}

}  // namespace obs::codec
