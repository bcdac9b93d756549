#include "libobs/store/parquet_writer.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "libobs/store/thrift_compact.h"

namespace obs::store {
namespace {

constexpr std::string_view kMagic = "PAR1";
// In the form that readers take apart to know whose habits to expect.
constexpr std::string_view kCreatedBy = "obs version " OBS_VERSION;
constexpr std::int32_t kFileVersion = 2;
constexpr std::int32_t kZstd = 6;

// Sizes of pages have 31 bits; what levels and lengths add is less than the rest.
constexpr std::size_t kMaxPage = std::size_t{1} << 30;

// Rows between looks at how much they are.
constexpr std::uint64_t kFill = 2048;

// As the format numbers them.
constexpr std::int32_t kOptional = 1;
constexpr std::int32_t kRepeated = 2;
constexpr std::int32_t kConvertedUtf8 = 0;
constexpr std::int32_t kConvertedList = 3;
constexpr std::int32_t kConvertedUint32 = 13;
constexpr std::int32_t kConvertedUint64 = 14;
constexpr std::int32_t kConvertedJson = 19;
constexpr int kLogicalText = 1;
constexpr int kLogicalList = 3;
constexpr int kLogicalTimestamp = 8;
constexpr int kLogicalInteger = 10;
constexpr int kLogicalJson = 12;
constexpr int kNanoseconds = 3;

// Names of the two levels that a list has below its own, as the format prescribes.
constexpr std::string_view kListLevel = "list";
constexpr std::string_view kItemLevel = "element";

void write_empty_union(ThriftWriter& element, int member) {
  element.begin_struct(10);
  element.begin_struct(member);
  element.end();
  element.end();
}

void write_converted(ThriftWriter& element, const ParquetColumn& column) {
  switch (column.meaning()) {
    case ParquetMeaning::kPlain:
    case ParquetMeaning::kTimestamp: return;
    case ParquetMeaning::kText: return element.i32(6, kConvertedUtf8);
    case ParquetMeaning::kJson: return element.i32(6, kConvertedJson);
    case ParquetMeaning::kUnsigned:
      return element.i32(
          6, column.type() == ParquetType::kInt32 ? kConvertedUint32 : kConvertedUint64);
  }
}

void write_logical(ThriftWriter& element, const ParquetColumn& column) {
  switch (column.meaning()) {
    case ParquetMeaning::kPlain: return;
    case ParquetMeaning::kText: return write_empty_union(element, kLogicalText);
    case ParquetMeaning::kJson: return write_empty_union(element, kLogicalJson);
    case ParquetMeaning::kUnsigned:
      element.begin_struct(10);
      element.begin_struct(kLogicalInteger);
      element.i8(1, column.type() == ParquetType::kInt32 ? 32 : 64);
      element.boolean(2, false);
      element.end();
      return element.end();
    case ParquetMeaning::kTimestamp:
      element.begin_struct(10);
      element.begin_struct(kLogicalTimestamp);
      element.boolean(1, false);
      element.begin_struct(2);
      element.begin_struct(kNanoseconds);
      element.end();
      element.end();
      element.end();
      return element.end();
  }
}

void write_leaf(ThriftWriter& footer, const ParquetColumn& column, std::string_view name) {
  footer.begin_item();
  footer.i32(1, static_cast<std::int32_t>(column.type()));
  footer.i32(3, kOptional);
  footer.binary(4, name);
  write_converted(footer, column);
  write_logical(footer, column);
  footer.end();
}

void write_list(ThriftWriter& footer, const ParquetColumn& column) {
  footer.begin_item();
  footer.i32(3, kOptional);
  footer.binary(4, column.name());
  footer.i32(5, 1);
  footer.i32(6, kConvertedList);
  write_empty_union(footer, kLogicalList);
  footer.end();
  footer.begin_item();
  footer.i32(3, kRepeated);
  footer.binary(4, kListLevel);
  footer.i32(5, 1);
  footer.end();
  write_leaf(footer, column, kItemLevel);
}

void write_encodings(ThriftWriter& footer, std::vector<ParquetEncoding> encodings) {
  std::sort(encodings.begin(), encodings.end());
  encodings.erase(std::unique(encodings.begin(), encodings.end()), encodings.end());
  footer.begin_list(2, ThriftType::kI32, encodings.size());
  for (const ParquetEncoding encoding : encodings) {
    footer.item_i32(static_cast<std::int32_t>(encoding));
  }
}

void write_path(ThriftWriter& footer, const ParquetColumn& column) {
  footer.begin_list(3, ThriftType::kBinary, column.is_list() ? 3 : 1);
  footer.item_binary(column.name());
  if (!column.is_list()) return;
  footer.item_binary(kListLevel);
  footer.item_binary(kItemLevel);
}

void write_chunk(ThriftWriter& footer, const ParquetColumn& column, const ParquetChunk& chunk) {
  footer.begin_item();
  footer.i64(2, static_cast<std::int64_t>(chunk.offset));
  footer.begin_struct(3);
  footer.i32(1, static_cast<std::int32_t>(column.type()));
  write_encodings(footer, chunk.encodings);
  write_path(footer, column);
  footer.i32(4, kZstd);
  footer.i64(5, static_cast<std::int64_t>(chunk.cells));
  footer.i64(6, static_cast<std::int64_t>(chunk.plain_bytes));
  footer.i64(7, static_cast<std::int64_t>(chunk.bytes));
  footer.i64(9, static_cast<std::int64_t>(chunk.data));
  if (chunk.dictionary) footer.i64(11, static_cast<std::int64_t>(*chunk.dictionary));
  footer.begin_struct(12);
  footer.i64(3, static_cast<std::int64_t>(chunk.nulls));
  if (!chunk.min.empty()) {
    footer.binary(5, chunk.max);
    footer.binary(6, chunk.min);
  }
  footer.end();
  footer.end();
  footer.end();
}

using Columns = std::vector<std::unique_ptr<ParquetColumn>>;

void write_schema(ThriftWriter& footer, const Columns& columns) {
  std::size_t elements = 1;
  for (const auto& column : columns) elements += column->is_list() ? 3 : 1;
  footer.begin_list(2, ThriftType::kStruct, elements);
  footer.begin_item();
  footer.binary(4, "schema");
  footer.i32(5, static_cast<std::int32_t>(columns.size()));
  footer.end();
  for (const auto& column : columns) {
    column->is_list() ? write_list(footer, *column) : write_leaf(footer, *column, column->name());
  }
}

// Of each column, that its bounds are in the order of its type.
void write_orders(ThriftWriter& footer, std::size_t columns) {
  footer.begin_list(7, ThriftType::kStruct, columns);
  for (std::size_t i = 0; i < columns; ++i) {
    footer.begin_item();
    footer.begin_struct(1);
    footer.end();
    footer.end();
  }
}

// Of types as they are made here; a name such as JSON does not matter to vectors.
TypeHandle copy_type(const DuckdbApi& api, duckdb_logical_type type) {
  const duckdb_type id = api.get_type_id(type);
  if (id != DUCKDB_TYPE_LIST) return TypeHandle(api, api.create_logical_type(id));
  const TypeHandle item(api, api.list_type_child_type(type));
  return TypeHandle(api, api.create_list_type(item.get()));
}

ChunkHandle make_chunk(const DuckdbApi& api, const std::vector<TypeHandle>& types) {
  std::vector<duckdb_logical_type> raw;
  for (const TypeHandle& type : types) raw.push_back(type.get());
  return ChunkHandle(api, api.create_data_chunk(raw.data(), raw.size()));
}

}  // namespace

ParquetWriter::ParquetWriter(File& file, ParquetOptions options)
    : file_(file), options_(std::move(options)) {}

Result<std::uint64_t> ParquetWriter::write(const DuckdbApi& api, const TableSource& source) {
  OBS_TRY_VOID(describe(api, source));
  recall_choices();
  OBS_TRY_VOID(append(kMagic));
  std::vector<idx_t> all(columns_.size());
  std::iota(all.begin(), all.end(), idx_t{0});
  const auto cursor = source.open(api, std::move(all));
  const ChunkHandle chunk = make_chunk(api, types_);
  std::uint64_t rows = 0;
  for (;;) {
    api.data_chunk_reset(chunk.get());
    OBS_TRY(const idx_t filled, cursor->fill(chunk.get()));
    if (filled == 0) break;
    rows += filled;
    add(api, chunk.get(), filled);
    OBS_TRY_VOID(note_rows(filled));
  }
  OBS_TRY_VOID(finish(rows));
  return rows;
}

Result<std::uint64_t> ParquetWriter::write(ColumnSource& source) {
  columns_ = source.make_columns();
  recall_choices();
  OBS_TRY_VOID(append(kMagic));
  std::uint64_t rows = 0;
  for (;;) {
    const std::uint64_t left = options_.group_rows - group_rows_;
    OBS_TRY(const std::size_t filled, source.fill(std::min<std::uint64_t>(left, kFill)));
    if (filled == 0) break;
    rows += filled;
    OBS_TRY_VOID(note_rows(filled));
  }
  OBS_TRY_VOID(finish(rows));
  return rows;
}

Result<void> ParquetWriter::describe(const DuckdbApi& api, const TableSource& source) {
  std::string unsupported;
  source.describe(api, [&](const std::string& name, duckdb_logical_type type) {
    columns_.push_back(ParquetColumn::make(api, name, type));
    if (columns_.back() == nullptr) unsupported = name;
    types_.push_back(copy_type(api, type));
  });
  if (unsupported.empty()) return {};
  return fail(Errc::kUnsupported, "column " + unsupported + " has a type of which no page is made");
}

void ParquetWriter::add(const DuckdbApi& api, duckdb_data_chunk chunk, idx_t rows) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i]->add(api, api.data_chunk_get_vector(chunk, i), rows);
  }
}

// So many rows have been added to each column.
Result<void> ParquetWriter::note_rows(std::uint64_t rows) {
  std::size_t bytes = 0;
  for (const auto& column : columns_) {
    bytes += column->bytes();
    if (column->bytes() > kMaxPage) {
      return fail(Errc::kLimitExceeded,
                  "column " + column->name() + " has more in a row group than a page takes");
    }
  }
  group_rows_ += rows;
  if (group_rows_ < options_.group_rows && bytes < options_.group_bytes) return {};
  return end_group();
}

Result<void> ParquetWriter::finish(std::uint64_t rows) {
  OBS_TRY_VOID(end_group());
  OBS_TRY_VOID(append(footer(rows)));
  if (options_.choices == nullptr) return {};
  for (const auto& column : columns_) (*options_.choices)[column->name()] = column->choice();
  return {};
}

void ParquetWriter::recall_choices() {
  if (options_.choices == nullptr) return;
  for (const auto& column : columns_) {
    const auto known = options_.choices->find(column->name());
    if (known != options_.choices->end()) column->set_choice(known->second);
  }
}

Result<void> ParquetWriter::end_group() {
  if (group_rows_ == 0) return {};
  Group group;
  group.rows = std::exchange(group_rows_, 0);
  std::string pages;
  for (const auto& column : columns_) {
    group.chunks.push_back(column->finish(pages, written_, options_.packing));
  }
  groups_.push_back(std::move(group));
  return append(pages);
}

Result<void> ParquetWriter::append(std::string_view bytes) {
  OBS_TRY_VOID(file_.append(as_bytes(bytes)));
  written_ += bytes.size();
  return {};
}

std::string ParquetWriter::footer(std::uint64_t rows) const {
  std::string out;
  ThriftWriter footer(out);
  footer.i32(1, kFileVersion);
  write_schema(footer, columns_);
  footer.i64(3, static_cast<std::int64_t>(rows));
  footer.begin_list(4, ThriftType::kStruct, groups_.size());
  for (const Group& group : groups_) write_group(footer, group);
  footer.begin_list(5, ThriftType::kStruct, options_.metadata.size());
  for (const auto& [key, value] : options_.metadata) {
    footer.begin_item();
    footer.binary(1, key);
    footer.binary(2, value);
    footer.end();
  }
  footer.binary(6, kCreatedBy);
  write_orders(footer, columns_.size());
  footer.end();
  const auto size = static_cast<std::uint32_t>(out.size());
  append_plain(out, std::span(&size, 1));
  return out + std::string(kMagic);
}

void ParquetWriter::write_group(ThriftWriter& footer, const Group& group) const {
  std::uint64_t bytes = 0;
  std::uint64_t plain_bytes = 0;
  footer.begin_item();
  footer.begin_list(1, ThriftType::kStruct, group.chunks.size());
  for (std::size_t i = 0; i < group.chunks.size(); ++i) {
    write_chunk(footer, *columns_[i], group.chunks[i]);
    bytes += group.chunks[i].bytes;
    plain_bytes += group.chunks[i].plain_bytes;
  }
  footer.i64(2, static_cast<std::int64_t>(plain_bytes));
  footer.i64(3, static_cast<std::int64_t>(group.rows));
  footer.i64(5, static_cast<std::int64_t>(group.chunks.front().offset));
  footer.i64(6, static_cast<std::int64_t>(bytes));
  footer.end();
}

}  // namespace obs::store
