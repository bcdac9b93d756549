#include "libobs/codec/otlp_protobuf_decode.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libobs/base/text.h"

namespace obs::codec::otlp {

using model::KeyValue;
using model::Value;

namespace {

// What a request may become in memory: a floor that lets any small request through, and a multiple
// of its size that no real one comes near (logs of 300 B grow less than twofold).
constexpr std::size_t kBudgetFloor = 64 * kMiB;
constexpr std::size_t kBudgetFactor = 8;

// One or two bytes, as numbers up to 16383 have, that are all there is.
bool is_short_varint(std::string_view bytes) {
  constexpr unsigned kMore = 0x80;
  const auto has_more = [&](std::size_t at) {
    return (static_cast<unsigned char>(bytes[at]) & kMore) != 0;
  };
  if (bytes.size() == 1) return !has_more(0);
  return bytes.size() == 2 && has_more(0) && !has_more(1);
}

std::uint64_t short_varint(std::string_view bytes) {
  const auto bits = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]) & 0x7fU; };
  return bytes.size() == 1 ? bits(0) : bits(0) | bits(1) << 7;
}

struct PlainAttribute {
  std::string_view key;
  std::uint32_t tag = 0;   // Of the value, and what follows it in its message:
  std::string_view value;  // a string's bytes, or a number's.
};

// Nearly every attribute is a short key and then a short string, a small integer or a boolean, with
// lengths of one byte: walking the two messages field by field takes three times as long as looking
// for just that.
std::optional<PlainAttribute> find_plain_attribute(std::string_view message) {
  using namespace any_value;
  constexpr std::size_t kHead = 2;  // A tag and a length.
  constexpr unsigned kLongLength = 0x80;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(message[at]); };
  if (message.size() < 3 * kHead || byte(0) != bytes_field(key_value::kKey)) return std::nullopt;
  const std::size_t key = byte(1);
  const std::size_t value = kHead + key;  // Where its message begins; its string is two bytes on.
  if (key >= kLongLength || value + 2 * kHead > message.size()) return std::nullopt;
  const std::size_t rest = message.size() - value - kHead;
  if (byte(value) != bytes_field(key_value::kValue) || byte(value + 1) != rest ||
      rest >= kLongLength) {
    return std::nullopt;
  }
  const std::size_t content = value + kHead + 1;
  const std::uint32_t tag = byte(content - 1);
  const PlainAttribute plain{message.substr(kHead, key), tag, message.substr(content)};
  if (tag == bytes_field(kString)) {
    if (byte(content) != message.size() - content - 1) return std::nullopt;
    return PlainAttribute{plain.key, tag, plain.value.substr(1)};
  }
  const bool is_short = tag == varint_field(kInt) || tag == varint_field(kBool);
  return is_short && is_short_varint(plain.value) ? std::optional(plain) : std::nullopt;
}

Value plain_value(const PlainAttribute& plain) {
  if (plain.tag == varint_field(any_value::kBool))
    return Value::boolean(short_varint(plain.value) != 0);
  return Value::integer(static_cast<std::int64_t>(short_varint(plain.value)));
}

}  // namespace

std::string_view to_text(const protozero::exception& error) {
  if (dynamic_cast<const protozero::end_of_buffer_exception*>(&error) != nullptr) {
    return "field runs past the end of its message";
  }
  if (dynamic_cast<const protozero::varint_too_long_exception*>(&error) != nullptr) {
    return "number longer than 10 bytes";
  }
  if (dynamic_cast<const protozero::unknown_pbf_wire_type_exception*>(&error) != nullptr) {
    return "unknown wire type";
  }
  if (dynamic_cast<const protozero::invalid_tag_exception*>(&error) != nullptr) {
    return "field number is 0 or reserved";
  }
  return "packed field is not a whole number of values";
}

Decoder::Decoder(Decoded& out, std::string_view request, bool trusted)
    : batch_(out.batch),
      rejected_(out.rejected),
      total_(out.total),
      trusted_(trusted),
      // What we encoded came from a longer body, as JSON is, under a budget of that length: it has
      // been acknowledged, and must come back whole.
      allowance_(trusted ? SIZE_MAX : kBudgetFloor + kBudgetFactor * request.size()),
      record_at_(request.data()) {}

void Decoder::begin_record(std::string_view message) {
  record_at_ = message.data();
  reason_ = inherited_;
}

bool Decoder::end_record() {
  const std::uint64_t index = total_++;
  if (reason_.empty()) return true;
  rejected_.add(index, std::exchange(reason_, {}));
  return false;
}

void Decoder::reject(std::string_view reason) {
  if (reason_.empty()) reason_ = reason;
}

Decoder::Inherit::Inherit(Decoder& decoder) : decoder_(decoder), outer_(decoder.inherited_) {
  const std::string_view reason = std::exchange(decoder.reason_, {});
  if (decoder.inherited_.empty()) decoder.inherited_ = reason;
}

void Decoder::claim(std::size_t bytes) {
  if (!allowance_.take(bytes))
    throw Abandoned{Errc::kLimitExceeded, record_at_, "request holds too many tiny items"};
}

std::string_view Decoder::checked_text(std::string_view raw) {
  if (is_valid_utf8(raw)) return raw;
  ++batch_.repaired_utf8;
  claim(3 * raw.size());
  return arena().adopt(repair_utf8(raw));
}

Timestamp Decoder::received_time(Reader& field) {
  const auto time = static_cast<Timestamp>(field.get_fixed64());
  if (trusted_) return time;
  // A stranger's: it must not reach our own processes, which would believe it.
  exact_ = false;
  return 0;
}

RecordTime Decoder::record_time(Timestamp sent, Timestamp observed, Timestamp received_field) {
  return resolve_time(sent, observed, received_field != 0 ? received_field : batch_.received);
}

Value Decoder::value(std::string_view message, int depth) {
  using namespace any_value;
  if (depth > kMaxValueDepth) {
    reject("values nested deeper than 64");
    return Value::empty();
  }
  Value value = Value::empty();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(kString): value = Value::string(text(field.get_view())); break;
      case varint_field(kBool): value = Value::boolean(field.get_uint64() != 0); break;
      case varint_field(kInt): value = Value::integer(field.get_int64()); break;
      case fixed64_field(kDouble): value = Value::number(field.get_double()); break;
      case bytes_field(kArray): value = array(field.get_view(), depth + 1); break;
      case bytes_field(kMap): value = map(field.get_view(), depth + 1); break;
      case bytes_field(kBytes): value = Value::bytes(as_bytes(field.get_view())); break;
      default: field.skip();
    }
  });
  return value;
}

Value Decoder::array(std::string_view message, int depth) {
  const std::size_t mark = values.mark();
  for_each_field(message, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(array_value::kValues)) {
      push(values, value(field.get_view(), depth));
    } else {
      field.skip();
    }
  });
  return Value::array(take(values, mark));
}

Value Decoder::map(std::string_view message, int depth) {
  const std::size_t mark = attributes.mark();
  for_each_field(message, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(array_value::kValues)) {
      attribute(field.get_view(), depth);
    } else {
      field.skip();
    }
  });
  return Value::map(take(attributes, mark));
}

void Decoder::attribute(std::string_view message, int depth) {
  const auto plain = depth <= kMaxValueDepth ? find_plain_attribute(message) : std::nullopt;
  if (plain && attributes.size() < kMaxStack) {
    const bool is_text = plain->tag == bytes_field(any_value::kString);
    KeyValue& entry = attributes.push();
    entry.key = text(plain->key);
    entry.value = is_text ? Value::string(text(plain->value)) : plain_value(*plain);
    return;
  }
  std::string_view key;
  Value held;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(key_value::kKey): key = text(field.get_view()); break;
      case bytes_field(key_value::kValue): held = value(field.get_view(), depth); break;
      default: field.skip();
    }
  });
  push(attributes, {key, held});
}

void Decoder::label(std::string_view message) {
  note_older();
  std::string_view key;
  std::string_view held;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(key_value::kKey): key = text(field.get_view()); break;
      case bytes_field(key_value::kValue): held = text(field.get_view()); break;
      default: field.skip();
    }
  });
  push(attributes, {key, Value::string(held)});
}

}  // namespace obs::codec::otlp
