#include "libobs/store/parquet_page_header.h"

#include <algorithm>

namespace obs::store {

std::uint64_t read_unsigned(ThriftReader& reader) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(reader.integer(), 0));
}

ParquetPageHeader read_page_header(ThriftReader& reader) {
  ParquetPageHeader page;
  const auto read_dictionary = [&](int id) {
    if (id == 1) page.cells = read_unsigned(reader);
    if (id == 2) page.encoding = reader.integer();
  };
  const auto read_data = [&](int id) {
    switch (id) {
      case 1: page.cells = read_unsigned(reader); break;
      case 2: page.nulls = read_unsigned(reader); break;
      case 4: page.encoding = reader.integer(); break;
      case 5: page.definition = read_unsigned(reader); break;
      case 6: page.repetition = read_unsigned(reader); break;
      case 7: page.is_compressed = reader.boolean(); break;
      default: break;
    }
  };
  reader.read_struct([&](int id) {
    switch (id) {
      case 1: page.type = reader.integer(); break;
      case 2: page.plain_size = read_unsigned(reader); break;
      case 3: page.size = read_unsigned(reader); break;
      case 7: reader.read_struct(read_dictionary); break;
      case 8: reader.read_struct(read_data); break;
      default: break;
    }
  });
  return page;
}

}  // namespace obs::store
