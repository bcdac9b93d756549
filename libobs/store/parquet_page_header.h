// What stands before a page of a Parquet file. Internal to libobs/store.

#pragma once

#include <cstdint>

#include "libobs/store/thrift_reader.h"

namespace obs::store {

// As the format numbers them.
inline constexpr std::int64_t kParquetDictionaryPage = 2;
inline constexpr std::int64_t kParquetDataPage = 3;  // Version 2.

struct ParquetPageHeader {
  std::int64_t type = -1;
  std::uint64_t plain_size = 0;
  std::uint64_t size = 0;
  std::uint64_t cells = 0;
  std::uint64_t nulls = 0;
  std::uint64_t definition = 0;  // Bytes of levels.
  std::uint64_t repetition = 0;
  std::int64_t encoding = -1;
  bool is_compressed = true;
};

// Of damaged bytes it says anything: see ThriftReader::ok().
ParquetPageHeader read_page_header(ThriftReader& reader);

// Negative ones are 0.
std::uint64_t read_unsigned(ThriftReader& reader);

}  // namespace obs::store
