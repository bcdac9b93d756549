#include "libobs/store/thrift_compact.h"

namespace obs::store {

void ThriftWriter::field(int id, ThriftType type) {
  const int step = id - outer_.back();
  outer_.back() = id;
  if (step > 0 && step < 16) {
    out_ += static_cast<char>(step << 4 | static_cast<int>(type));
    return;
  }
  out_ += static_cast<char>(type);
  append_zigzag(out_, id);
}

void ThriftWriter::boolean(int id, bool value) {
  field(id, value ? ThriftType::kTrue : ThriftType::kFalse);
}

void ThriftWriter::i8(int id, std::int8_t value) {
  field(id, ThriftType::kI8);
  out_ += static_cast<char>(value);
}

void ThriftWriter::i32(int id, std::int32_t value) {
  field(id, ThriftType::kI32);
  append_zigzag(out_, value);
}

void ThriftWriter::i64(int id, std::int64_t value) {
  field(id, ThriftType::kI64);
  append_zigzag(out_, value);
}

void ThriftWriter::binary(int id, std::string_view value) {
  field(id, ThriftType::kBinary);
  item_binary(value);
}

void ThriftWriter::item_binary(std::string_view value) {
  append_varint(out_, value.size());
  out_ += value;
}

void ThriftWriter::begin_struct(int id) {
  field(id, ThriftType::kStruct);
  outer_.push_back(0);
}

void ThriftWriter::begin_list(int id, ThriftType type, std::size_t size) {
  field(id, ThriftType::kList);
  const int code = static_cast<int>(type);
  if (size < 15) {
    out_ += static_cast<char>(static_cast<int>(size) << 4 | code);
    return;
  }
  out_ += static_cast<char>(0xf0 | code);
  append_varint(out_, size);
}

void ThriftWriter::end() {
  out_ += '\0';
  outer_.pop_back();
}

}  // namespace obs::store
