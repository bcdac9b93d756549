#include "libobs/store/parquet_page.h"

#include <algorithm>
#include <utility>

#include "libobs/codec/compress.h"
#include "libobs/store/thrift_compact.h"

namespace obs::store {
namespace {

// As the format numbers them.
constexpr std::int32_t kDictionaryPage = 2;
constexpr std::int32_t kDataPage = 3;  // Version 2.

// Less is not worth what decompressing costs.
constexpr std::size_t kLeastGain = 32;  // A part of the bytes.

std::string encode_levels(const ParquetLevels& levels, int bit_width) {
  std::string bytes;
  append_hybrid(bytes, levels.runs(), bit_width);
  return bytes;
}

void count_page(std::string& out, std::size_t first, std::uint64_t saved, ParquetChunk& chunk) {
  const std::size_t size = out.size() - first;
  chunk.bytes += size;
  chunk.plain_bytes += size + saved;
}

}  // namespace

ParquetPacked::ParquetPacked(std::string plain, int zstd_level)
    : plain_size(plain.size()), is_compressed(false), bytes(std::move(plain)) {
  if (bytes.empty()) return;
  std::string packed = codec::compress_zstd(bytes, zstd_level);
  is_compressed = packed.size() + bytes.size() / kLeastGain < bytes.size();
  if (is_compressed) bytes = std::move(packed);
}

ParquetShape ParquetShapeCutter::cut(std::uint64_t values, bool is_last) {
  ParquetShape page;
  while (!runs_.empty()) {
    const auto [level, count] = runs_.front();
    const std::uint64_t wanted = level == 0 ? (values > 0 || is_last ? count : 0) : values;
    const auto some = static_cast<std::uint32_t>(std::min<std::uint64_t>(count - used_, wanted));
    if (some == 0) break;
    page.definition.add(level, some);
    page.rows += some;
    if (level == 0) {
      page.nulls += some;
    } else {
      values -= some;
    }
    used_ += some;
    if (used_ < count) break;
    runs_ = runs_.subspan(1);
    used_ = 0;
  }
  page.cells = page.rows;
  return page;
}

// Unlike a page of data it has no way to say that it is not compressed.
void append_dictionary_page(std::string& out, std::uint64_t begin, std::uint64_t count,
                            std::string plain, int zstd_level, ParquetChunk& chunk) {
  const std::size_t first = out.size();
  const std::string packed = codec::compress_zstd(plain, zstd_level);
  ThriftWriter header(out);
  header.i32(1, kDictionaryPage);
  header.i32(2, static_cast<std::int32_t>(plain.size()));
  header.i32(3, static_cast<std::int32_t>(packed.size()));
  header.begin_struct(7);
  header.i32(1, static_cast<std::int32_t>(count));
  header.i32(2, static_cast<std::int32_t>(ParquetEncoding::kPlain));
  header.end();
  header.end();
  out += packed;
  chunk.dictionary = begin + first;
  chunk.encodings.push_back(ParquetEncoding::kPlain);
  count_page(out, first, plain.size() - packed.size(), chunk);
}

void append_data_page(std::string& out, std::uint64_t begin, const ParquetShape& shape,
                      bool is_list, ParquetValues values, int zstd_level, ParquetChunk& chunk) {
  const std::size_t first = out.size();
  const std::string definition = encode_levels(shape.definition, is_list ? 2 : 1);
  const std::string repetition = is_list ? encode_levels(shape.repetition, 1) : std::string();
  const ParquetPacked packed(std::move(values.bytes), zstd_level);
  const std::size_t levels = definition.size() + repetition.size();
  ThriftWriter header(out);
  header.i32(1, kDataPage);
  header.i32(2, static_cast<std::int32_t>(levels + packed.plain_size));
  header.i32(3, static_cast<std::int32_t>(levels + packed.bytes.size()));
  header.begin_struct(8);
  header.i32(1, static_cast<std::int32_t>(shape.cells));
  header.i32(2, static_cast<std::int32_t>(shape.nulls));
  header.i32(3, static_cast<std::int32_t>(shape.rows));
  header.i32(4, static_cast<std::int32_t>(values.encoding));
  header.i32(5, static_cast<std::int32_t>(definition.size()));
  header.i32(6, static_cast<std::int32_t>(repetition.size()));
  header.boolean(7, packed.is_compressed);
  header.end();
  header.end();
  out += repetition;
  out += definition;
  out += packed.bytes;
  if (chunk.cells == 0) chunk.data = begin + first;
  chunk.cells += shape.cells;
  chunk.nulls += shape.nulls;
  chunk.encodings.push_back(values.encoding);
  chunk.encodings.push_back(ParquetEncoding::kRle);
  count_page(out, first, packed.plain_size - packed.bytes.size(), chunk);
}

}  // namespace obs::store
