// Thrift's compact protocol, as far as the headers and the footer of a Parquet file need it. Pure.
// Internal to libobs/store.
//
//   struct := field* 0                field := (step << 4 | type) value, or type zigzag(id) value
//   list   := (size << 4 | type) item*, or (0xf0 | type) varint(size) item*
//
// Field ids ascend within a struct; `step` is how far from the one before.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/varint.h"

namespace obs::store {

enum class ThriftType : std::uint8_t {
  kTrue = 1,
  kFalse = 2,
  kI8 = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kBinary = 8,
  kList = 9,
  kStruct = 12,
};

// Writes one struct, its fields by ascending id.
class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(out) {}

  void boolean(int id, bool value);
  void i8(int id, std::int8_t value);
  void i32(int id, std::int32_t value);
  void i64(int id, std::int64_t value);
  void binary(int id, std::string_view value);

  void begin_struct(int id);
  // A list of `size` items, which follow: item_i32(), item_binary(), or begin_item() … end().
  void begin_list(int id, ThriftType type, std::size_t size);
  void item_i32(std::int32_t value) { append_zigzag(out_, value); }
  void item_binary(std::string_view value);
  void begin_item() { outer_.push_back(0); }
  // Ends a struct; the last one ends the message.
  void end();

 private:
  void field(int id, ThriftType type);

  std::string& out_;
  std::vector<int> outer_{0};  // The last id of each struct that is open.
};

}  // namespace obs::store
