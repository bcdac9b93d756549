// The messages of which a request of remote write has the most, with short ways through the bytes
// that nearly all of them have: protobuf's detours are half of decoding. For the codec's own files.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/remote_write_series.h"

namespace obs::codec {

inline constexpr char kMoreBytes = '\x80';  // Of a varint.

struct LabelPair {
  std::string_view name;
  std::string_view value;
};

inline bool is_ascii(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint64_t bits = 0;
  for (; end - at >= 8; at += 8) bits |= otlp::load_word<std::uint64_t>(at);
  for (; at != end; ++at) bits |= static_cast<unsigned char>(*at);
  return (bits & 0x8080808080808080U) == 0;
}

// Nearly all samples are these bytes: 0x09, value, 0x10, time.
inline bool read_plain_sample(std::string_view message, SentSample& sample) {
  constexpr std::size_t kTimeAt = 1 + sizeof(double) + 1;
  if (message.size() <= kTimeAt || message.size() > kTimeAt + 9) return false;
  if (message[0] != '\x09' || message[kTimeAt - 1] != '\x10') return false;
  std::uint64_t time = 0;
  for (std::size_t i = kTimeAt; i < message.size(); ++i) {
    const bool is_last = (message[i] & kMoreBytes) == 0;
    if (is_last != (i + 1 == message.size())) return false;
    time |= std::uint64_t{static_cast<unsigned char>(message[i] & ~kMoreBytes)}
            << (7 * (i - kTimeAt));
  }
  sample.value = std::bit_cast<double>(otlp::load_word<std::uint64_t>(message.data() + 1));
  sample.time_ms = static_cast<std::int64_t>(time);
  return true;
}

// A sample of either version: only the second has a start.
inline SentSample read_sample(std::string_view message) {
  SentSample sample;
  if (read_plain_sample(message, sample)) return sample;
  otlp::for_each_field(message, [&](otlp::Reader& field) {
    switch (field.tag_and_type()) {
      case otlp::fixed64_field(1): sample.value = field.get_double(); break;
      case otlp::varint_field(2): sample.time_ms = field.get_int64(); break;
      case otlp::varint_field(3): sample.start_ms = field.get_int64(); break;
      default: field.skip();
    }
  });
  return sample;
}

// Nearly all labels are these bytes: 0x0a, length, name, 0x12, length, value.
inline bool read_plain_label(std::string_view message, LabelPair& label) {
  if (message.size() < 4 || message[0] != '\x0a' || (message[1] & kMoreBytes) != 0) return false;
  const std::size_t name = static_cast<unsigned char>(message[1]);
  if (message.size() < name + 4 || message[name + 2] != '\x12') return false;
  if (static_cast<unsigned char>(message[name + 3]) != message.size() - name - 4) return false;
  if ((message[name + 3] & kMoreBytes) != 0) return false;
  label = {message.substr(2, name), message.substr(name + 4)};
  return true;
}

inline LabelPair read_label(std::string_view message) {
  LabelPair label;
  if (read_plain_label(message, label)) return label;
  label = {};
  otlp::for_each_field(message, [&](otlp::Reader& field) {
    switch (field.tag_and_type()) {
      case otlp::bytes_field(1): label.name = field.get_view(); break;
      case otlp::bytes_field(2): label.value = field.get_view(); break;
      default: field.skip();
    }
  });
  return label;
}

}  // namespace obs::codec
