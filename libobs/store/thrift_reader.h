// Reads Thrift's compact protocol (thrift_compact.h) out of bytes that may be damaged. Pure.
// Internal to libobs/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libobs/store/thrift_compact.h"

namespace obs::store {

// After the first thing that cannot be read, every value is 0 or empty, lists end, and ok() is
// false.
class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  // What follows what was read.
  std::string_view rest() const { return rest_; }

  // Calls field(id) for each field of a struct, which reads its value or leaves it: see type().
  template <class Field>
  void read_struct(Field&& field) {
    int id = 0;
    while (next_field(id)) {
      taken_ = false;
      const ThriftType type = type_;
      field(id);
      if (!taken_) skip(type, 0);
    }
    taken_ = true;
  }

  // Calls item() for each item of a list, which reads it.
  template <class Item>
  void read_list(Item&& item) {
    std::size_t size = 0;
    const ThriftType type = begin_list(size);
    for (std::size_t i = 0; i < size && ok_; ++i) {
      taken_ = false;
      item();
      if (!taken_) skip(type, 0);
    }
    taken_ = true;
  }

  std::int64_t integer();  // Of 16 bits or more.
  bool boolean();          // A field's.
  std::string_view binary();

 private:
  bool next_field(int& id);
  ThriftType begin_list(std::size_t& size);
  std::uint64_t varint();
  std::uint8_t byte();
  void skip(ThriftType type, int depth);
  void give_up() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  ThriftType type_ = ThriftType::kTrue;
  bool taken_ = false;
  bool ok_ = true;
};

}  // namespace obs::store
