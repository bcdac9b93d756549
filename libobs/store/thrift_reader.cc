#include "libobs/store/thrift_reader.h"

#include "libobs/base/varint.h"

namespace obs::store {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxField = 32'767;  // Ids have 16 bits.

}  // namespace

std::uint8_t ThriftReader::byte() {
  if (rest_.empty()) {
    give_up();
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::uint64_t ThriftReader::varint() {
  std::uint64_t value = 0;
  if (take_varint(rest_, value)) return value;
  give_up();
  return 0;
}

std::int64_t ThriftReader::integer() {
  taken_ = true;
  return unzigzag(varint());
}

bool ThriftReader::boolean() {
  taken_ = true;
  return type_ == ThriftType::kTrue;
}

std::string_view ThriftReader::binary() {
  taken_ = true;
  const std::uint64_t size = varint();
  if (size > rest_.size()) give_up();
  if (!ok_) return {};
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

bool ThriftReader::next_field(int& id) {
  const std::uint8_t head = byte();
  if (!ok_ || head == 0) return false;
  type_ = static_cast<ThriftType>(head & 15);
  const std::int64_t next = (head >> 4) != 0 ? id + (head >> 4) : integer();
  if (next < 0 || next > kMaxField) give_up();
  id = ok_ ? static_cast<int>(next) : 0;
  return ok_;
}

ThriftType ThriftReader::begin_list(std::size_t& size) {
  const std::uint8_t head = byte();
  size = head >> 4;
  if (size == 15) size = varint();
  // An item has a byte at least.
  if (size > rest_.size()) give_up();
  if (!ok_) size = 0;
  return static_cast<ThriftType>(head & 15);
}

void ThriftReader::skip(ThriftType type, int depth) {
  if (depth > kMaxDepth) return give_up();
  switch (type) {
    case ThriftType::kTrue:
    case ThriftType::kFalse: return;
    case ThriftType::kI8: (void)byte(); return;
    case ThriftType::kI16:
    case ThriftType::kI32:
    case ThriftType::kI64: (void)varint(); return;
    case ThriftType::kBinary: (void)binary(); return;
    case ThriftType::kList: {
      std::size_t size = 0;
      const ThriftType item = begin_list(size);
      const bool is_flag = item == ThriftType::kTrue || item == ThriftType::kFalse;
      for (; size > 0 && ok_; --size) skip(is_flag ? ThriftType::kI8 : item, depth + 1);
      return;
    }
    case ThriftType::kStruct: {
      int id = 0;
      while (next_field(id)) skip(type_, depth + 1);
      return;
    }
  }
  give_up();  // Maps, doubles and sets, of which Parquet has none here.
}

}  // namespace obs::store
