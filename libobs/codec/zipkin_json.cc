#include <optional>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/json_keys.h"
#include "libobs/codec/json_value.h"
#include "libobs/codec/zipkin.h"
#include "libobs/codec/zipkin_batch.h"

namespace obs::codec {

using model::Value;

namespace {

// Of one span's tags.
constexpr std::size_t kMaxMembers = 4096;

enum class Field {
  kNone,
  kTraceId,
  kId,
  kParentId,
  kName,
  kKind,
  kTimestamp,
  kDuration,
  kDebug,
  kShared,
  kLocal,
  kRemote,
  kAnnotations,
  kTags
};
constexpr auto kFields = key_table<Field>({{"traceId", Field::kTraceId},
                                           {"id", Field::kId},
                                           {"parentId", Field::kParentId},
                                           {"name", Field::kName},
                                           {"kind", Field::kKind},
                                           {"timestamp", Field::kTimestamp},
                                           {"duration", Field::kDuration},
                                           {"debug", Field::kDebug},
                                           {"shared", Field::kShared},
                                           {"localEndpoint", Field::kLocal},
                                           {"remoteEndpoint", Field::kRemote},
                                           {"annotations", Field::kAnnotations},
                                           {"tags", Field::kTags}});

// Hex of either case, padded with zeros in front.
template <class Id>
bool parse_short_id(std::string_view hex, Id& out) {
  constexpr std::size_t kDigits = 2 * sizeof(Id);
  if (hex.empty() || hex.size() > kDigits) return false;
  std::string full(kDigits - hex.size(), '0');
  full += hex;
  return model::parse_id(full, out);
}

class JsonDecoder {
 public:
  JsonDecoder(std::size_t size, Timestamp received)
      : batch_(model::Signal::kSpans, size, received) {}

  Result<Decoded, ParseError> decode(std::string_view request) {
    if (batch_.start_json(json_, request)) json_.items([&] { span(); });
    if (!json_.finish()) return fail(RequestBatch::json_error(json_, request));
    batch_.count_repairs(json_.repaired());
    return batch_.take();
  }

 private:
  void span() {
    span_.clear();
    json_.members([&](std::string_view key) {
      if (!json_.take_null()) field(kFields.find(key));
    });
    if (!json_.ok()) return;
    if (values_.take_left_out()) span_.refuse("more than 4096 tags");
    add_zipkin_span(span_, batch_);
    if (!batch_.fits()) json_.fail(kTooManyItems.what, kTooManyItems.code);
  }

  void field(Field field) {
    switch (field) {
      case Field::kTraceId: return id(span_.trace_id, "traceId is not 1 to 32 hex digits");
      case Field::kId: return id(span_.id, "id is not 1 to 16 hex digits");
      case Field::kParentId: return id(span_.parent_id, "parentId is not 1 to 16 hex digits");
      case Field::kName: span_.name = text(); return;
      case Field::kKind: return kind();
      case Field::kTimestamp: return span_.set_time(integer());
      case Field::kDuration: return span_.set_duration(integer());
      case Field::kDebug: span_.debug = boolean(); return;
      case Field::kShared: span_.shared = boolean(); return;
      case Field::kLocal: return endpoint(span_.local);
      case Field::kRemote: return endpoint(span_.remote);
      case Field::kAnnotations: return annotations();
      case Field::kTags: return tags();
      case Field::kNone: return json_.skip();
    }
  }

  template <class Id>
  void id(Id& out, std::string_view reason) {
    std::string_view hex;
    if (!json_.take_string(hex)) {
      json_.skip();
      span_.refuse(reason);
    } else if (!hex.empty() && !parse_short_id(hex, out)) {
      span_.refuse(reason);
    }
  }

  // A string, or the text of anything else.
  std::string_view text() {
    std::string_view text;
    if (json_.take_string(text)) return text;
    return to_text(values_.value());
  }

  std::string_view to_text(const Value& value) {
    if (value.is_string()) return value.as_string();
    std::string plain;
    append_plain_value(plain, value);
    return batch_.arena().copy(plain);
  }

  // -1 when it is none, which no field takes.
  std::int64_t integer() {
    JsonNumber number;
    std::string_view text;
    if (json_.take_string(text)) return parse_int(text).value_or(-1);
    if (!json_.take_number(number)) {
      json_.skip();
      return -1;
    }
    if (number.kind == JsonNumber::kInt) return number.as_int;
    // Some clocks give microseconds with a fraction.
    const double size = to_double(number);
    return size >= 0 && size < 0x1p62 ? static_cast<std::int64_t>(size) : -1;
  }

  bool boolean() {
    bool value = false;
    if (!json_.take_bool(value)) json_.skip();
    return value;
  }

  void kind() {
    std::string_view name;
    if (!json_.take_string(name)) return json_.skip();
    if (const auto known = model::parse_span_kind(to_lower(name))) span_.kind = *known;
  }

  void endpoint(ZipkinEndpoint& out) {
    if (json_.peek() != '{') return json_.skip();
    json_.members([&](std::string_view key) {
      if (json_.take_null()) return;
      if (key == "serviceName") {
        out.service = text();
      } else if (key == "ipv4" || (key == "ipv6" && out.address.empty())) {
        out.address = text();
      } else if (key == "port") {
        out.port = std::max<std::int64_t>(integer(), 0);
      } else {
        json_.skip();
      }
    });
  }

  void annotations() {
    if (json_.peek() != '[') return json_.skip();
    json_.items([&] {
      std::int64_t time = 0;
      std::string_view value;
      json_.members([&](std::string_view key) {
        if (key == "timestamp") {
          time = integer();
        } else if (key == "value") {
          value = text();
        } else {
          json_.skip();
        }
      });
      span_.annotate(time, value);
    });
  }

  void tags() {
    if (json_.peek() != '{') return json_.skip();
    for (const auto& [key, value] : values_.attributes())
      span_.tag(key, Value::string(to_text(value)));
  }

  RequestBatch batch_;
  JsonReader json_;
  JsonValues values_{
      json_, batch_.arena(), JsonSpelling::kPlain, {kMaxValueDepth, kMaxMembers, true, true}};
  ZipkinSpan span_;
};

}  // namespace

Result<Decoded, ParseError> decode_zipkin_json(std::string_view request, Timestamp received) {
  return JsonDecoder(request.size(), received).decode(request);
}

}  // namespace obs::codec
