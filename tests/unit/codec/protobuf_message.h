// For tests: protobuf by hand, also the kinds that no library writes.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs::codec {

class ProtobufMessage {
 public:
  ProtobufMessage& varint(std::uint32_t field, std::uint64_t value) {
    return key(field, 0).number(value);
  }
  ProtobufMessage& fixed64(std::uint32_t field, std::uint64_t value) {
    key(field, 1);
    for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  ProtobufMessage& fixed32(std::uint32_t field, std::uint32_t value) {
    key(field, 5);
    for (int i = 0; i < 4; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  ProtobufMessage& bytes(std::uint32_t field, std::string_view value) {
    key(field, 2).number(value.size());
    bytes_.append(value);
    return *this;
  }
  ProtobufMessage& raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }

  operator const std::string&() const { return bytes_; }
  operator std::string_view() const { return bytes_; }
  const std::string& str() const { return bytes_; }

 private:
  ProtobufMessage& key(std::uint32_t field, std::uint32_t wire_type) {
    return number(std::uint64_t{field} << 3 | wire_type);
  }
  ProtobufMessage& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }

  std::string bytes_;
};

// A request of one resource and one scope that holds these items (log records, spans or metrics).
template <class... Items>
std::string request_of(const Items&... items) {
  ProtobufMessage scope;
  (scope.bytes(2, items), ...);
  return ProtobufMessage().bytes(1, ProtobufMessage().bytes(2, scope));
}

}  // namespace obs::codec
